using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using Stint.EndToEnd.Browser;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Pages;

/// <summary>Open pages: what one browser does, another sees within a second, and many of them cost little.</summary>
[Collection(PagesCollection.Name)]
public sealed class LiveTests(PagesHub hub) : IAsyncLifetime
{
    private const int Pages = 500;
    private const long MostBytes = 100_000_000;
    private const long Soon = 1_000;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        if (hub.Studio is null) return Task.CompletedTask;
        LedgerAudit.Of(hub.Hub.Directory).AssertSound();
        hub.Hub.AssertNoSecretWasPrinted();
        return Task.CompletedTask;
    }

    [PageFact]
    [Trait("Behaviour", "B3")]
    public async Task Run_InOneBrowser_MovesPageApiAndGateOfAnotherWithinASecond()
    {
        await hub.Hub.Cli.JsonAsync("plan", "set", "hundred", "--allowance", "100s", "--longest", "100s");
        var carol = await Person.AddAsync(hub.Hub, "carol", "hundred");
        await using var own = await hub.OpenAsync(carol);
        await using var other = await hub.OpenAsync(carol);
        await own.Page.GotoAsync(hub.At($"/spaces/{DemoHub.Id}"));
        await other.Page.GotoAsync(hub.At($"/spaces/{DemoHub.Id}"));
        await Assertions.Expect(own.Page.FrameLocator("iframe.space").Locator("#render")).ToBeVisibleAsync();
        var seen = (await carol.ReceiptsAsync()).Count;
        var page = await Watched.BeginAsync(other.Page, "[data-live-meter]");

        await Visiting.RunAsync(own.Page.FrameLocator("iframe.space"));

        // The gate says what it has left by refusing what is more, whoever asks: a program of hers, here.
        var refused = await hub.Studio.AskAsync(await carol.IdentityTokenAsync(hub.Studio.Name), 100);
        var (purse, wire) = (await carol.PurseAsync(), await carol.GetAsync("/api/spaces/zero-gpu/quota"));
        var receipt = await carol.ReceiptAfterAsync(seen);
        Assert.Equal(purse.LeftMilliseconds / 1000, refused.GetProperty("quota").GetProperty("left").GetInt64());
        Assert.Equal(purse.LeftMilliseconds / 1000, wire.GetProperty("current").GetInt64());
        var number = Watched.Number(purse.LeftMilliseconds / 1000m);
        await Eventually.True(async () => await page.SinceAsync(number) is not null, TimeSpan.FromSeconds(5), $"another window shows {number}");
        var after = await page.SinceAsync(number) - receipt.EndedAt.ToUnixTimeMilliseconds();
        PageTests.Keep($"a run in another browser is on the page after {after} ms");
        Assert.True(after < Soon, $"{number} was there after {after} ms\n{await page.AllAsync()}");
        other.AssertNothingComplained();
    }

    /// <summary>A queue moves all the time: the front page tells how it stands, and asks for itself no more often than it says.</summary>
    [PageFact]
    public async Task FrontPage_WhileTheQueueMoves_FollowsItAndAsksNowAndThen()
    {
        var erin = await Person.AddAsync(hub.Hub, "erin");
        await using var window = await hub.OpenAsync(Reader.Stranger);
        var pool = window.Page.Locator("[data-live=pool]");
        await window.Page.GotoAsync(hub.At("/"));
        var (asked, open) = (0, System.Diagnostics.Stopwatch.StartNew());
        window.Page.Request += (_, request) => asked += request.Url == hub.At("/") ? 1 : 0;
        await ShowsAsync("2 of 2 GPU slots free, nobody waits.");
        var grants = new List<Grant>();
        for (var i = 1; i <= 2; i++) grants.Add(await hub.Studio.LeaseAsync(await erin.IdentityTokenAsync(hub.Studio.Name), 30, i));
        foreach (var grant in grants) await hub.Studio.WorkAllowedAsync(grant);
        await ShowsAsync("0 of 2 GPU slots free, nobody waits.");
        var waiting = await hub.Studio.BeginAsync(await erin.IdentityTokenAsync(hub.Studio.Name), 30, 3);
        await ShowsAsync("0 of 2 GPU slots free, one task waits.");
        foreach (var grant in grants) await hub.Studio.ReleaseAsync(grant);
        await hub.Studio.ReleaseAsync(Grant.Of(await waiting.Result));
        await ShowsAsync("2 of 2 GPU slots free, nobody waits.");
        // Many more signals than that: each run tells of its reservation, its grant and its end.
        for (var i = 0; i < 10; i++) await hub.Studio.ReleaseAsync(await hub.Studio.LeaseAsync(await erin.IdentityTokenAsync(hub.Studio.Name), 30, 10 + i));
        Assert.InRange(asked, 3, (open.Elapsed.TotalSeconds / 2) + 1);
        window.AssertNothingComplained();

        Task ShowsAsync(string text) => Assertions.Expect(pool).ToHaveTextAsync(text, new() { Timeout = 30_000 });
    }

    [PageFact]
    public async Task FiveHundredPages_OpenAtOnce_CostLittleAndHearWithinASecond()
    {
        await using var window = await hub.OpenAsync(Reader.Stranger);
        await window.Page.GotoAsync(hub.At($"/spaces/{DemoHub.Id}"));
        var page = await Watched.BeginAsync(window.Page, "[data-live-meter]");
        await RunAsStrangerAsync();
        var before = ResidentBytes();
        using var over = new CancellationTokenSource();
        var heard = new ConcurrentDictionary<int, long>();
        var streams = new List<Task>();
        for (var i = 0; i < Pages; i++) streams.Add(ListenAsync(i, await OpenAsync(over.Token), heard, over.Token));

        await RunAsStrangerAsync();

        var ended = LedgerAudit.Of(hub.Hub.Directory).Runs[^1].EndedAt!.Value;
        await Eventually.True(() => heard.Count == Pages && heard.Values.All(at => at >= ended), TimeSpan.FromSeconds(10), $"all {Pages} pages hear of it");
        var last = heard.Values.Max() - ended;
        var left = Watched.Number((await hub.Demo.MeAsync()).Quota!.LeftSeconds);
        await Eventually.True(async () => await page.SinceAsync(left) is not null, TimeSpan.FromSeconds(5), $"the page shows {left}");
        var shown = await page.SinceAsync(left) - ended;
        var grown = ResidentBytes() - before;
        PageTests.Keep($"{Pages} pages: {grown / 1_000_000.0:0.0} MB, the last heard after {last} ms, a page showed it after {shown} ms");
        Assert.True(grown < MostBytes, $"{grown} bytes more");
        Assert.True(last < Soon && shown < Soon, $"the last heard after {last} ms, a page showed it after {shown} ms\n{await page.AllAsync()}");
        await over.CancelAsync();
        await Task.WhenAll(streams);
    }

    /// <summary>As a page does.</summary>
    private async Task<StreamReader> OpenAsync(CancellationToken over)
    {
        var answer = await hub.Hub.Http.GetAsync(new Uri("/live?to=own,queue,spaces&seen=9000000000000000", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, over);
        answer.EnsureSuccessStatusCode();
        var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(over));
        Assert.Equal(": here", await lines.ReadLineAsync(over));
        return lines;
    }

    private static async Task ListenAsync(int index, StreamReader lines, ConcurrentDictionary<int, long> heard, CancellationToken over)
    {
        try
        {
            while (await lines.ReadLineAsync(over) is { } line)
                if (line.StartsWith("data:", StringComparison.Ordinal)) heard[index] = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        }
        catch (OperationCanceledException)
        {
            lines.Dispose();
        }
    }

    private async Task RunAsStrangerAsync()
    {
        var runs = LedgerAudit.Of(hub.Hub.Directory).Runs.Count;
        var call = new Uri(hub.Demo.Space, $"/gradio_api/call{DemoHub.Endpoint}");
        using var begun = await hub.Hub.Http.PostAsync(call, new StringContent(JsonSerializer.Serialize(new { data = DemoHub.Picture(0.3) }), System.Text.Encoding.UTF8, "application/json"));
        var id = JsonDocument.Parse(await begun.Content.ReadAsStringAsync()).RootElement.GetProperty("event_id").GetString();
        Assert.Contains("event: complete", await hub.Hub.Http.GetStringAsync(new Uri($"{call}/{id}")), StringComparison.Ordinal);
        await Eventually.True(() => LedgerAudit.Of(hub.Hub.Directory).Runs is [.., { EndedAt: not null }] all && all.Count > runs);
    }

    private long ResidentBytes() => 1024 * long.Parse(
        File.ReadLines($"/proc/{hub.Hub.Pid}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
}
