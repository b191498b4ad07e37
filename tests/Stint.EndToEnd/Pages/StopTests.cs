using Microsoft.Playwright;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Pages;

/// <summary>The stop button of a Space's page, by a mouse and without script: what it ends and what that costs.</summary>
[Collection(PagesCollection.Name)]
public sealed class StopTests(PagesHub hub)
{
    [PageFact]
    public async Task Stop_Pressed_EndsWhatRunsAndWaitsAndChargesTheTimeUpToThen()
    {
        await using var window = await hub.OpenAsync(Reader.Ada);
        var (page, before, seen) = (window.Page, await hub.Ada.PurseAsync(), (await hub.Ada.ReceiptsAsync()).Count);
        await page.GotoAsync(hub.At($"/spaces/{hub.Studio.Name}"));
        await Assertions.Expect(page.Locator("[data-live=open]")).ToBeHiddenAsync();
        var workers = new List<Worker>();
        for (var i = 1; i <= 2; i++) workers.Add(await hub.Studio.WorkAllowedAsync(await hub.Studio.LeaseAsync(await hub.Ada.IdentityTokenAsync(hub.Studio.Name), 200, i)));
        var waiting = await hub.Studio.BeginAsync(await hub.Ada.IdentityTokenAsync(hub.Studio.Name), 200, 3);

        // All of it appears by itself.
        var open = page.Locator("[data-live=open]");
        await Assertions.Expect(open).ToContainTextAsync("You are number 1 of 1 in the queue; it is expected to start");
        await Assertions.Expect(open.Locator("[data-until]")).ToHaveCountAsync(2);
        await Assertions.Expect(open.Locator("[data-until]").First).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^3:[0-5][0-9]$"));
        await window.KeepPicturesAsync("page-space-busy");
        await open.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await page.WaitForURLAsync("**?stopped=1");

        await Assertions.Expect(page.Locator(".done")).ToContainTextAsync("Stopped.");
        await Assertions.Expect(open).ToBeHiddenAsync();
        Assert.NotEqual("granted", (await waiting.Result).GetProperty("verdict").GetString());
        await Eventually.True(() => workers.TrueForAll(worker => !worker.IsAlive));
        await Eventually.True(async () => (await hub.Ada.ReceiptsAsync()).Count == seen + 3);
        var receipts = (await hub.Ada.ReceiptsAsync()).Take(3).ToList();
        Assert.Equal(["cancelled", "cancelled", "visitor-left"], receipts.Select(receipt => receipt.Outcome).Order());
        Assert.All(receipts, receipt => Assert.Equal(receipt.GrantedAt is { } at ? (long)(receipt.EndedAt - at).TotalMilliseconds : 0, receipt.ChargedMilliseconds));
        await hub.Ada.AssertExplainedByAsync(before, [.. receipts]);
        await window.KeepPicturesAsync("page-space-stopped");
    }
}
