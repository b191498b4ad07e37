using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Seed;

/// <summary>The seed's causes where the app itself loses its visitor.</summary>
public sealed class AppSeedTests(SeedHub seed) : SeedTest(seed), IClassFixture<SeedHub>
{
    /// <summary>What `spaces` says where it is refused without a token.</summary>
    private const string GpuLimit = "Space app has reached its GPU limit. Try re-running outside of examples if it happened after clicking one";

    [Fact]
    [Trait("Behaviour", "B8")]
    public async Task AppCallingApp_Forwarding_CountsTheVisitorAndNamesTheAppBetween()
    {
        var pia = await Seed.SomeoneAsync("pia");
        using var visitor = Seed.Visitor();
        using var app = Seed.Visitor("127.0.0.1");
        Me? seen = null;
        await using var space = await AddAsync("owner-a/forwards", async (_, headers) =>
        {
            (string, string) forwarded = ("X-IP-Token", headers["X-IP-Token"].ToString());
            await app.RunAsync(SeedHub.SpendingSeconds, forwarded);
            var end = await app.RunAsync(1, forwarded);
            seen = await app.MeAsync(forwarded);
            return end.Succeeded ? null : end.Error;
        });

        var refused = await visitor.AskAsync(space.Address, "ask", Bearer((await pia.TokenAsync("--role", "read")).Text));

        Assert.Equal(("recognised", "pia", "delegated-token"), (seen!.Outcome, seen.Account, seen.RecognisedBy));
        Assert.Equal(["owner-a/forwards"], seen.Via);
        Assert.Contains("The call came through owner-a/forwards.", refused.Error, StringComparison.Ordinal);
        AssertExplained(refused, seen);
        // At the hub her own token says the same of her purse.
        var (_, atHub) = await visitor.MeAtHubAsync(Bearer((await pia.TokenAsync("--role", "read")).Text));
        Assert.Equal(seen.Quota, atHub.Deserialize<Me>(JsonSerializerOptions.Web)!.Quota);
        Assert.InRange((await pia.PurseAsync()).SpentMilliseconds, 2_000, 3_000);
    }

    [Fact]
    public async Task AppCallingApp_WithoutForwarding_CountsTheAppsOwnAddressAndSaysSo()
    {
        var quin = await Seed.SomeoneAsync("quin");
        using var visitor = Seed.Visitor();
        using var app = Seed.Visitor("198.51.100.7");
        Me? seen = null;
        await using var space = await AddAsync("owner-b/forgets", async (_, _) =>
        {
            await app.RunAsync(SeedHub.SpendingSeconds);
            var end = await app.RunAsync(1);
            seen = await app.MeAsync();
            return end.Succeeded ? null : end.Error;
        });

        var refused = await visitor.AskAsync(space.Address, "ask", Bearer((await quin.TokenAsync("--role", "read")).Text));

        AssertAnonymous(seen!, "198.51.100.7");
        AssertExplained(refused, seen!);
        await AssertSameAtTheHubAsync(app, seen!);
        Assert.Equal(0, (await quin.PurseAsync()).SpentMilliseconds);
    }

    [Fact]
    [Trait("Behaviour", "B12")]
    public async Task BackgroundThread_WithoutAToken_IsRefusedByCauseAndBooksNobody()
    {
        var rex = await Seed.SomeoneAsync("rex");
        var (text, _) = await rex.TokenAsync("--role", "read");
        using var visitor = Seed.Visitor();
        using var device = new HttpClient();
        var status = HttpStatusCode.OK;
        var runs = LedgerAudit.Of(Seed.Hub.Directory).Runs.Count;
        await using var space = await AddAsync("owner-c/threads", async (space, _) =>
        {
            using var answer = await device.PostAsync(new Uri($"{space.Device}/schedule?cgroupPath=%2F&taskId=7&enableQueue=true&tokenVersion=2&durationSeconds=30"), null);
            status = answer.StatusCode;
            return GpuLimit;
        });

        var refused = await visitor.AskAsync(space.Address, "ask", Bearer(text));

        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        var refusal = Seed.LastRefusal();
        Assert.Equal(
            $"{GpuLimit} Nobody was counted: while this ran, owner-c/threads asked for a GPU without saying for whom, as a background thread does, and was refused. "
            + "You are rex here and nothing of yours was used: 3 s of 3 s left. Waiting does not help; the app has to ask from its visitor's own request. "
            + $"{Seed.Hub.Url}refusals/{refusal.GetProperty("id").GetString()}", refused.Error);
        Assert.False(refusal.TryGetProperty("identity", out var identity) && identity.ValueKind == JsonValueKind.String);
        // The page was told well who they are: it is the thread that lost them.
        var me = await visitor.MeAsync(Bearer(text));
        AssertRecognised(me, rex, "access-token");
        Assert.Equal((3m, 0m, null), (me.Quota!.LeftSeconds, me.Quota.SpentSeconds, me.Quota.ResetsAt));
        await AssertSameAtTheHubAsync(visitor, me, Bearer(text));
        Assert.Equal(0, (await rex.PurseAsync()).SpentMilliseconds);
        Assert.Equal(runs, LedgerAudit.Of(Seed.Hub.Directory).Runs.Count);
        var page = await visitor.ReadAsync(new Uri($"{Seed.Hub.Url}refusals/{refusal.GetProperty("id").GetString()}"));
        Assert.Contains("background thread", page, StringComparison.Ordinal);
    }

    private async Task<SeedApp> AddAsync(string name, Func<SeedApp, IHeaderDictionary, Task<string?>> function)
    {
        await Person.AddAsync(Seed.Hub, name.Split('/')[0]);
        return await SeedApp.AddAsync(Seed.Hub, name, function);
    }
}
