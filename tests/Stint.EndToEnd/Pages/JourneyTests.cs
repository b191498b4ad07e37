using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Stint.EndToEnd.Browser;
using Stint.EndToEnd.Harness;
using Stint.EndToEnd.Sites;
using Xunit;

namespace Stint.EndToEnd.Pages;

/// <summary>
/// What people come for, from end to end, in private windows of a browser that sends no third-party cookie, with the hub on one
/// site and its Spaces on another.
/// </summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class JourneyTests(SitesHub sites) : IClassFixture<SitesHub>
{
    [BrowserFact]
    [Trait("Behaviour", "B17")]
    public async Task NewPerson_SetsUpRunsIsRefusedUnderstandsIsHelpedAndRunsAgain()
    {
        // 1 A plan on which one run fits a window, and a link to choose a password by.
        await sites.Hub.Cli.JsonAsync("plan", "set", "first", "--allowance", "31s", "--longest", "30s", "--strict", "true");
        var added = await sites.Hub.Cli.JsonAsync("account", "add", "newcomer", "--plan", "first");
        await using var window = await sites.Chromium.OpenAsync();
        var page = window.Page;
        await page.GotoAsync(sites.Hub.Secret(added.GetProperty("setUpLink").GetString()!));
        await page.GetByLabel("New password").FillAsync("quite a long sentence");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set password" }).ClickAsync();
        // 2 Sign in, on the way to the Space.
        await page.GotoAsync(sites.SpacePage);
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in to use your own GPU time" }).Or(page.GetByText("You are newcomer")).First.WaitForAsync();
        if (await page.GetByRole(AriaRole.Link, new() { Name = "Sign in to use your own GPU time" }).IsVisibleAsync())
        {
            await page.GetByRole(AriaRole.Link, new() { Name = "Sign in to use your own GPU time" }).ClickAsync();
            await page.GetByLabel("User name").FillAsync("newcomer");
            await page.GetByLabel("Password").FillAsync("quite a long sentence");
            await page.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        }

        await Assertions.Expect(page.GetByText("You are newcomer, because you are signed in")).ToBeVisibleAsync();
        // 3 Run, and see the receipt.
        var frame = page.FrameLocator("iframe.space");
        await Visiting.RunAsync(frame);
        await Assertions.Expect(page.Locator("[data-live=receiptAt]")).ToContainTextAsync("it completed");
        // 4 Refused: the app's own error leads to the page that explains it.
        var said = await Visiting.FailAsync(frame.Locator("body"));
        var address = Regex.Match(said, @"https://\S+/refusals/\w+").Value;
        Assert.True(address.Length > 0, said);
        await page.GotoAsync(address);
        var text = await page.Locator("main").InnerTextAsync();
        Assert.Matches("newcomer", text);
        Assert.Matches("sign-in", text);
        Assert.Contains("30 s", text, StringComparison.Ordinal);
        await Assertions.Expect(page.Locator("#do")).ToContainTextAsync(new Regex(@"\w"));
        await Assertions.Expect(page.Locator("#when time")).ToHaveAttributeAsync("datetime", new Regex("^20"));
        await window.KeepPicturesAsync("journey-refused");
        // 5 Helped: the plan is raised, and the open page says that it would fit now.
        await sites.Hub.Cli.JsonAsync("plan", "set", "first", "--allowance", "10m");
        await Assertions.Expect(page.Locator("#when")).ToContainTextAsync("now", new() { IgnoreCase = true });
        // 6 Run again.
        await page.GotoAsync(sites.SpacePage);
        await Visiting.RunAsync(frame);
        await Assertions.Expect(page.Locator("[data-live=receiptAt]")).ToContainTextAsync("it completed");
        await window.KeepPicturesAsync("journey-again");
        LedgerAudit.Of(sites.Hub.Directory).AssertSound();
        sites.Hub.AssertNoSecretWasPrinted();
    }
}
