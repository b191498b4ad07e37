using System.Net;
using System.Text.RegularExpressions;
using Stint.Hub.Layout.Live;
using Stint.Hub.Tickets;
using Stint.Core.Leasing.Forecasts;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Layout.Live;

public sealed partial class LiveStreamTests : IDisposable
{
    private readonly WebHub hub = new WebHub().Start();

    private LiveSignals Live => hub.Get<LiveSignals>();

    public void Dispose() => hub.Dispose();

    [Fact]
    public async Task Page_OfASpace_ListensFromWhereItBeganToRead()
    {
        var browser = await hub.SignedInAsync("ada");
        var from = From(await browser.GetStringAsync(new Uri("/spaces/ada/paint", UriKind.Relative)));
        Assert.StartsWith("/live?to=own,queue,spaces&seen=", from, StringComparison.Ordinal);

        // What comes between the page and its stream is not lost.
        Live.Ring(LiveTopics.Own, [Samples.Ada]);
        using var events = await OpenAsync(browser, from);

        Assert.Equal("data: own", await SaidAsync(events));
    }

    [Fact]
    public async Task Stream_OfOne_HearsNothingOfAnothers()
    {
        var browser = await hub.SignedInAsync("ada");
        using var events = await OpenAsync(browser, From(await browser.GetStringAsync(new Uri("/spaces/ada/paint", UriKind.Relative))));
        Live.Ring(LiveTopics.Own, [Samples.Bob]);
        Live.Ring(LiveTopics.Pool);
        Live.Ring(LiveTopics.Spaces);

        Assert.Equal("data: spaces", await SaidAsync(events));
    }

    [Fact]
    public async Task Stream_OfATicket_HearsWhenPlacesChange()
    {
        var browser = await hub.SignedInAsync("ada");
        for (var i = 0; i < 3; i++) hub.Ledger.Ask(Samples.Ada);
        using var events = await OpenAsync(browser, From(await browser.GetStringAsync(new Uri("/spaces/ada/paint", UriKind.Relative))));

        hub.Get<TicketWatch>().Look(PoolPicture.Of(hub.Ledger.Books, hub.Ledger.Clock.Now), []);

        Assert.Equal("data: queue", await SaidAsync(events));
    }

    [Fact]
    public async Task Stream_AskedForByABrowserThatComesBack_GoesOnFromWhatItHeard()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/live?to=spaces&seen=1");
        Live.Ring(LiveTopics.Spaces);
        request.Headers.Add("Last-Event-ID", $"{Live.Last}");
        using var answer = await hub.Browser().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var events = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal(": here", await events.ReadLineAsync());
        Live.Ring(LiveTopics.Spaces);

        await events.ReadLineAsync();
        Assert.Equal($"id: {Live.Last}", await events.ReadLineAsync());
    }

    [Theory]
    [InlineData("everything")]
    [InlineData("15")]
    [InlineData("")]
    public async Task Stream_OfNoSuchTopic_IsNone(string to)
    {
        using var answer = await hub.Browser().GetAsync(new Uri($"/live?to={to}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Streams_OfOneAccount_AreBounded_AndLeavingMakesRoom()
    {
        var browser = await hub.SignedInAsync("ada");
        var open = new List<StreamReader>();
        for (var i = 0; i < LiveStreams.MostOfAccount; i++) open.Add(await OpenAsync(browser, "/live?to=pool"));

        using (var refused = await browser.GetAsync(new Uri("/live?to=pool", UriKind.Relative))) Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        using (var others = await OpenAsync(await hub.SignedInAsync("bob"), "/live?to=pool")) Assert.NotNull(others);
        foreach (var one in open) one.Dispose();
        await Eventually.True(() => hub.Get<LiveStreams>().Open == 0);
        using var again = await OpenAsync(browser, "/live?to=pool");
    }

    private static string From(string page) => WebUtility.HtmlDecode(LiveFrom().Match(page).Groups[1].Value);

    private static async Task<StreamReader> OpenAsync(HttpClient browser, string path)
    {
        var answer = await browser.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal(": here", await lines.ReadLineAsync());
        return lines;
    }

    private static async Task<string?> SaidAsync(StreamReader events)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (await events.ReadLineAsync(late.Token) is { } line)
            if (line.StartsWith("data:", StringComparison.Ordinal)) return line;
        return null;
    }

    [GeneratedRegex("data-live-from=\"([^\"]+)\"")]
    private static partial Regex LiveFrom();
}
