using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Stint.EndToEnd.Browser;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Doctor;

/// <summary>The doctor's page in a real browser: what it sees there, nobody else can.</summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class DoctorPageTests(DemoHub demo, Chromium chromium) : IClassFixture<DemoHub>, IClassFixture<Chromium>
{
    private string DoctorPage => $"http://127.0.0.1:{demo.Hub.Port}/doctor?space={DemoHub.Id}";

    private string SpacePage => $"http://127.0.0.1:{demo.Hub.Port}/spaces/{DemoHub.Id}";

    [BrowserFact]
    public async Task Stranger_IsToldThatNoSignInCameAlong()
    {
        await using var window = await chromium.OpenAsync();
        await ExamineAsync(window.Page);
        // Where another window of this network is signed in, it is told apart from that one.
        await Assertions.Expect(window.Page.Locator("[data-findings]")).ToContainTextAsync(new Regex("not-signed-in|private-window"));
        await window.KeepPicturesAsync("doctor-signed-out");
        window.AssertNothingComplained();
    }

    [BrowserFact]
    public async Task SignedIn_ButNotAtTheSpace_IsToldSoAndHowToGetThere_AndThenNothingIsAmiss()
    {
        await using var window = await chromium.OpenAsync();
        var page = window.Page;
        await page.GotoAsync($"http://127.0.0.1:{demo.Hub.Port}/sign-in?next=/doctor");
        await Visiting.SignInAsync(window, demo.Ada, "doctor-sign-in");
        await page.WaitForURLAsync("**/doctor");
        await ExamineAsync(page);
        await Assertions.Expect(page.Locator("[data-findings]")).ToContainTextAsync("signed-out-at-space");

        // What the finding says to do: open it from the hub.
        await page.GotoAsync(SpacePage);
        await Assertions.Expect(page.FrameLocator("iframe.space").Locator("#render")).ToBeVisibleAsync();
        await ExamineAsync(page);
        await Assertions.Expect(page.Locator("[data-findings]")).ToContainTextAsync("Nothing amiss");
        Assert.Contains("| Account | ada |", await page.Locator("[data-report]").InputValueAsync(), StringComparison.Ordinal);
        await window.KeepPicturesAsync("doctor-healthy");
        window.AssertNothingComplained();
    }

    private async Task ExamineAsync(IPage page)
    {
        await page.GotoAsync(DoctorPage);
        await page.GetByRole(AriaRole.Button, new() { Name = "Examine from this browser" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-progress]")).ToHaveTextAsync("Done.");
    }
}
