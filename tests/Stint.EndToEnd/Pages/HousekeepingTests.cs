using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Pages;

/// <summary>The ways of those who look after a Space and after a hub, by a mouse.</summary>
[Collection(PagesCollection.Name)]
public sealed class HousekeepingTests(PagesHub hub)
{
    [PageFact]
    [Trait("Behaviour", "B5")]
    [Trait("Behaviour", "B28")]
    public async Task Author_LooksAfterASpace_SeesWhatRunsTakeAndWhatNamedNobody()
    {
        for (var i = 0; i < 3; i++) await hub.RunAsync(hub.Ada, 0.1);
        await hub.Studio.AskAsync(token: null, 30);
        await using var window = await hub.OpenAsync(Reader.Painter);
        var page = window.Page;
        await page.GotoAsync(hub.At("/"));
        await page.GetByRole(AriaRole.Link, new() { Name = hub.Studio.Name, Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Author's page" }).ClickAsync();

        var functions = page.GetByRole(AriaRole.Region, new() { Name = "How long functions take" });
        await Assertions.Expect(functions.Locator("td[data-label=p50]").First).ToHaveTextAsync(new Regex(@"^0\.\d+ s$"));
        await Assertions.Expect(functions.Locator("td[data-label=Declared]").First).ToHaveTextAsync("60 s");
        await Assertions.Expect(functions.Locator("td[data-label=Suggested]").First).ToContainTextAsync("@spaces.GPU(duration=");
        var calls = page.Locator("section", new() { HasText = "GPU calls without identity" });
        await Assertions.Expect(calls.Locator(".large")).ToHaveTextAsync(new Regex(@"^\d+ of \d+ calls"));
        await window.KeepPicturesAsync("page-author-busy");
        // It is put right, and counts anew.
        await calls.GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(calls.Locator(".large")).ToHaveTextAsync("None");
        window.AssertNothingComplained();
    }

    [PageFact]
    public async Task Administrator_LooksAfterAHub_AndPagesThatAreOpenFollow()
    {
        var dora = await Person.AddAsync(hub.Hub, "dora");
        var run = await hub.RunAsync(dora, 0.3);
        await using var hers = await hub.OpenAsync(dora);
        await hers.Page.GotoAsync(hub.At("/settings/billing"));
        await using var window = await hub.OpenAsync(Reader.Root);
        var page = window.Page;
        // 1 A boost, with its reason: the person's open page has it at once.
        await page.GotoAsync(hub.At("/"));
        await page.GetByRole(AriaRole.Link, new() { Name = "Administration" }).ClickAsync();
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("0 of 2 busy");
        await page.GetByRole(AriaRole.Link, new() { Name = "People" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "dora" }).ClickAsync();
        await page.GetByLabel("Seconds of GPU time").FillAsync("100");
        await page.GetByLabel("Reason").Last.FillAsync("a talk to prepare");
        await page.GetByRole(AriaRole.Button, new() { Name = "Grant" }).ClickAsync();
        await Assertions.Expect(page.Locator(".done")).ToBeVisibleAsync();
        await Assertions.Expect(hers.Page.Locator("main")).ToContainTextAsync("a talk to prepare");
        // 2 A refund: all of it is back, on that page too.
        await page.Locator("main").GetByRole(AriaRole.Link, new() { NameRegex = new Regex("^Refund ?(?!s)") }).ClickAsync();
        await page.GetByLabel("What was at fault").FillAsync("the picture was of another person's cat");
        await page.GetByRole(AriaRole.Button, new() { Name = "Give back" }).ClickAsync();
        await Assertions.Expect(page.Locator(".done")).ToBeVisibleAsync();
        await Eventually.True(async () => (await dora.PurseAsync()).SpentMilliseconds == 0);
        await Assertions.Expect(hers.Page.Locator("main")).ToContainTextAsync("0 s spent");
        Assert.True(run.ChargedMilliseconds > 0);
        // 3 A rule that can have no effect is said so where it is made.
        await page.GetByRole(AriaRole.Link, new() { Name = "Plans" }).First.ClickAsync();
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("Rules without effect");
        // 4 The audit, beside the hub that serves.
        await page.GetByRole(AriaRole.Link, new() { Name = "Audit" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Run the audit" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sound" })).ToBeVisibleAsync();
        await window.KeepPicturesAsync("page-audit-done");
        window.AssertNothingComplained();
        hers.AssertNothingComplained();
    }
}
