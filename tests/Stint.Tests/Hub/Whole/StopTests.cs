using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Store.Ledgers;
using Xunit;

namespace Stint.Tests.Hub.Whole;

/// <summary>The stop button of a Space's page, in a hub whose two slots are at work.</summary>
public sealed partial class StopTests(SharedWholeHub shared) : IClassFixture<SharedWholeHub>, IDisposable
{
    private static readonly SpaceId Elsewhere = new("ada", "elsewhere");
    private static readonly IdentityId Ada = IdentityId.Of(WholeHub.AccountOf("ada"));

    private readonly WholeHub hub = shared.Hub;
    private readonly HttpClient client = new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });

    public void Dispose() => client.Dispose();

    [Fact]
    public async Task Stop_WithOneRunningAndOneWaiting_EndsBothAndNothingElse()
    {
        var (running, bobs) = (await AskAsync(Ada, WholeHub.App), await AskAsync(IdentityId.Of(WholeHub.AccountOf("bob")), WholeHub.App));
        var (waiting, other) = (await AskAsync(Ada, WholeHub.App), await AskAsync(Ada, Elsewhere));
        var cookie = $"stint-hub.{hub.Port}={hub.SessionOf("ada")}";
        using var page = await SendAsync(HttpMethod.Get, "/spaces/ada/app", cookie);
        var text = await page.Content.ReadAsStringAsync();
        Assert.Contains("On a GPU now", text, StringComparison.Ordinal);
        Assert.Contains(">Stop</button>", text, StringComparison.Ordinal);

        using var stopped = await SendAsync(HttpMethod.Post, "/spaces/ada/app/stop", $"{cookie}; {FormCookie(page)}", Token().Match(text).Groups[1].Value);

        Assert.Equal((HttpStatusCode.Redirect, "/spaces/ada/app?stopped=1"), (stopped.StatusCode, stopped.Headers.Location?.OriginalString));
        var (ran, waited) = (Receipt(running)!, Receipt(waiting)!);
        Assert.Equal((ExitClass.Cancelled, EndingCauses.VisitorLeft), (ran.Exit, waited.Cause));
        Assert.Equal(((long)(ran.EndedAt - ran.GrantedAt!.Value).TotalMilliseconds, 0), (ran.Charged.Milliseconds, waited.Charged.Milliseconds));
        Assert.Equal((null, null), (Receipt(bobs), Receipt(other)));
        foreach (var rest in new[] { bobs, other }) await Engine.SendAsync<CancelReply>(new Cancel(rest, Undelivered: false));
    }

    [Fact]
    public async Task Stop_ByAFormOfNobodysPage_StopsNothing()
    {
        var running = await AskAsync(Ada, WholeHub.App);

        using var refused = await SendAsync(HttpMethod.Post, "/spaces/ada/app/stop", $"stint-hub.{hub.Port}={hub.SessionOf("ada")}", "made-up");

        Assert.Equal((HttpStatusCode.BadRequest, null), (refused.StatusCode, Receipt(running)));
        await Engine.SendAsync<CancelReply>(new Cancel(running, Undelivered: false));
    }

    [Fact]
    public async Task Stop_InASpaceThatDrains_TakesBackOnlyWhatWaits()
    {
        hub.Catalogue.AddSpace(new Space(new("ada", "drains"), WholeHub.AccountOf("ada"), SpaceVisibility.Public, shared.Space.Url, null, null, Drains: true));
        var drains = new SpaceId("ada", "drains");
        ReservationId[] asked = [await AskAsync(Ada, drains), await AskAsync(Ada, drains), await AskAsync(Ada, drains)];
        var cookie = $"stint-hub.{hub.Port}={hub.SessionOf("ada")}";
        using var page = await SendAsync(HttpMethod.Get, "/spaces/ada/drains", cookie);
        var text = await page.Content.ReadAsStringAsync();
        Assert.Contains(">Leave the queue</button>", text, StringComparison.Ordinal);

        using var stopped = await SendAsync(HttpMethod.Post, "/spaces/ada/drains/stop", $"{cookie}; {FormCookie(page)}", Token().Match(text).Groups[1].Value);

        Assert.Equal(new[] { true, true, false }, asked.Select(id => Receipt(id) is null));
        foreach (var rest in asked[..2]) await Engine.SendAsync<CancelReply>(new Cancel(rest, Undelivered: false));
    }

    private LedgerEngine Engine => hub.Services.GetRequiredService<LedgerEngine>();

    private Receipt? Receipt(ReservationId id) => hub.Services.GetRequiredService<LedgerReads>().Receipt(id);

    private async Task<ReservationId> AskAsync(IdentityId who, SpaceId space)
    {
        var id = new ReservationId(Guid.NewGuid().ToString("n"));
        var function = new FunctionKey(space, "/run", SlotSize.Large, 30_000);
        var (reply, _) = await Engine.RequestAsync(new(id, new(id.Value), who, hub.Catalogue.PlanOf(who), function, 1, Weight.One, id.Value, TimeSpan.FromSeconds(60)));
        Assert.Equal(RequestLeaseOutcome.Queued, reply.Outcome);
        return id;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string cookie, string? token = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(hub.Url, path));
        request.Headers.Add("Cookie", cookie);
        if (token is not null) request.Content = new FormUrlEncodedContent([new("__RequestVerificationToken", token)]);
        return await client.SendAsync(request);
    }

    private static string FormCookie(HttpResponseMessage page) => page.Headers.GetValues("Set-Cookie").Single().Split(';')[0];

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
