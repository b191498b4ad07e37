using System.Net;
using System.Text.Json;
using Stint.Core.Leasing.Forecasts;
using Stint.Core.Quota;
using Stint.Hub.Tickets;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Tickets;

/// <summary>Two slots that bob has; ada waits.</summary>
[Trait("Behaviour", "B47")]
public sealed class TicketEndpointTests : IDisposable
{
    private readonly WebHub hub = new();
    private readonly string waiting;

    public TicketEndpointTests()
    {
        hub.Start();
        for (var i = 0; i < 2; i++) hub.Ledger.Ask(Samples.Bob);
        waiting = hub.Ledger.Ask(Samples.Ada).Id.Value;
        Look();
    }

    public void Dispose() => hub.Dispose();

    [Fact]
    public async Task Tickets_OfTheirOwner_SayPlaceAndRange()
    {
        var ticket = (await JsonAsync("/v1/tickets", hub.Ledger.NewToken("ada").Text)).GetProperty("tickets").EnumerateArray().Single();
        Assert.Equal((waiting, "waiting", 1), (ticket.GetProperty("id").GetString(), ticket.GetProperty("state").GetString(), ticket.GetProperty("place").GetInt32()));
        Assert.True(ticket.GetProperty("starts").GetProperty("latestInSeconds").GetDecimal() > ticket.GetProperty("starts").GetProperty("earliestInSeconds").GetDecimal());
        Assert.StartsWith("You are number 1 of 1 in the queue; it is expected to start", ticket.GetProperty("sentence").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ticket_OfSomeoneElse_IsLikeOneThatNeverWas_ButNotForAnAdministrator()
    {
        foreach (var (who, status) in new[] { ("bob", HttpStatusCode.NotFound), ("ada", HttpStatusCode.OK), ("root", HttpStatusCode.OK) })
        {
            using var answer = await hub.ApiAsync($"/v1/tickets/{waiting}", hub.Ledger.NewToken(who).Text);
            Assert.Equal(status, answer.StatusCode);
        }

        using var nobody = await hub.ApiAsync($"/v1/tickets/{waiting}");
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
    }

    [Fact]
    public async Task Events_OfATicket_TellWhatChangesAndEndWhenItStarts()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/tickets/{waiting}/events");
        request.Headers.Authorization = new("Bearer", hub.Ledger.NewToken("ada").Text);
        using var answer = await hub.Browser().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("waiting", State(await lines.ReadLineAsync()));
        Look(new Departed(new ReservationId(waiting), hub.Ledger.Clock.Now, null));
        var rest = await lines.ReadToEndAsync();
        Assert.Equal("started", State(rest.Split('\n').Last(line => line.StartsWith("data: ", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task SpacePage_OfSomeoneWhoWaits_SaysWhereTheyStand()
    {
        var page = WebUtility.HtmlDecode(await (await hub.SignedInAsync("ada")).GetStringAsync(new Uri("/spaces/ada/paint", UriKind.Relative)));
        Assert.Contains("You are number 1 of 1 in the queue", page, StringComparison.Ordinal);
        var other = WebUtility.HtmlDecode(await (await hub.SignedInAsync("bob")).GetStringAsync(new Uri("/spaces/ada/paint", UriKind.Relative)));
        Assert.DoesNotContain("in the queue", other, StringComparison.Ordinal);
    }

    private void Look(params Departed[] gone) => hub.Get<TicketWatch>().Look(PoolPicture.Of(hub.Ledger.Books, hub.Ledger.Clock.Now), gone);

    private static string? State(string? line) => JsonDocument.Parse(line!["data: ".Length..]).RootElement.GetProperty("state").GetString();

    private async Task<JsonElement> JsonAsync(string path, string token)
    {
        using var answer = await hub.ApiAsync(path, token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }
}
