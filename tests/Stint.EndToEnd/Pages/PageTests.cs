using System.Globalization;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Stint.EndToEnd.Browser;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Pages;

/// <summary>Every page of the hub in a real browser: small, quick, without a complaint, within reach of everyone, and kept as pictures.</summary>
[Collection(PagesCollection.Name)]
public sealed class PageTests(PagesHub hub)
{
    private const int MostBytes = 300_000;
    private const double MostMilliseconds = 1_000;
    private const int Tries = 5;

    public static TheoryData<string> Names => [.. PageTable.Rows.Select(row => row.Name)];

    [PageTheory]
    [MemberData(nameof(Names))]
    public async Task Page_OfTheHub_IsSmallQuickAndWithinReachOfEveryone(string name)
    {
        var row = PageTable.Rows.Single(each => each.Name == name);
        await using var window = await hub.OpenAsync(row.Reader);
        var address = hub.At(await row.Path(hub));
        var transfer = new Transfer(window.Page);

        var answer = await window.Page.GotoAsync(address);

        Assert.Equal(row.Status, answer!.Status);
        var bytes = await transfer.BytesAsync();
        var usable = await UsableAfterAsync(window.Page);
        Keep($"{name,-24} {bytes / 1000.0,7:0.0} KB {usable,6:0} ms  {row.Component}");
        Assert.True(bytes < MostBytes, $"{name} is {bytes} bytes");
        Assert.True(usable < MostMilliseconds, $"{name} is usable after {usable} ms, at the best of {Tries}");
        await AssertWithinReachAsync(window.Page, name);
        await window.KeepPicturesAsync($"page-{name}");
        window.AssertNothingComplainedBut(row.Status == 200 ? "no exception" : $"status of {row.Status}");
    }

    /// <summary>The best of a few, for other programs of this machine are no part of a page.</summary>
    private static async Task<double> UsableAfterAsync(IPage page)
    {
        var best = await LoadedAfterAsync(page);
        for (var i = 1; i < Tries && best >= MostMilliseconds; i++)
        {
            await page.ReloadAsync();
            best = Math.Min(best, await LoadedAfterAsync(page));
        }

        return best;
    }

    /// <summary>Whole and usable: everything of the page itself is there; a Space's frame takes what its app takes.</summary>
    private static Task<double> LoadedAfterAsync(IPage page) =>
        page.EvaluateAsync<double>("() => { const it = performance.getEntriesByType('navigation')[0]; return document.querySelector('iframe') ? it.domContentLoadedEventEnd : it.loadEventEnd || it.domContentLoadedEventEnd; }");

    private static async Task AssertWithinReachAsync(IPage page, string name)
    {
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            // Only colours differ by night.
            var found = await page.RunAxe(new AxeRunOptions
            {
                ResultTypes = [ResultType.Violations],
                RunOnly = scheme == ColorScheme.Dark ? new RunOnlyOptions { Type = "rule", Values = ["color-contrast"] } : null,
            });
            var grave = found.Violations.Where(violation => violation.Impact is "serious" or "critical").ToList();
            Assert.True(grave.Count == 0, $"{name}, {scheme}:\n" + string.Join('\n', grave.Select(
                violation => $"{violation.Id} ({violation.Impact}): {violation.Help}\n  " + string.Join("\n  ", violation.Nodes.Select(node => $"{node.Target}: {node.Html}")))));
        }
    }

    /// <summary>Figures, kept beside the pictures.</summary>
    internal static void Keep(string line)
    {
        Directory.CreateDirectory(Window.Pictures);
        File.AppendAllText(Path.Combine(Window.Pictures, "pages.txt"), string.Create(CultureInfo.InvariantCulture, $"{line}\n"));
    }

    /// <summary>Every byte that comes over the wire for a page, its frames included; streams that stay open are none of it.</summary>
    private sealed class Transfer
    {
        private readonly List<Task<RequestSizesResult>> sizes = [];

        public Transfer(IPage page) => page.RequestFinished += (_, request) => sizes.Add(request.SizesAsync());

        public async Task<long> BytesAsync() => (await Task.WhenAll(sizes.ToArray())).Sum(size => (long)size.ResponseBodySize + size.ResponseHeadersSize);
    }
}

/// <summary>A table of tests of pages; skipped, with the reason, where browser or clients are missing.</summary>
internal sealed class PageTheoryAttribute : TheoryAttribute
{
    public PageTheoryAttribute() => Skip = Chromium.WhyNot ?? Checkout.WhyNoClients;
}

/// <summary>A test of pages; skipped, with the reason, where browser or clients are missing.</summary>
internal sealed class PageFactAttribute : FactAttribute
{
    public PageFactAttribute() => Skip = Chromium.WhyNot ?? Checkout.WhyNoClients;
}
