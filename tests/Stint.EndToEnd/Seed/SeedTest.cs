using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Seed;

/// <summary>
/// The problem this project began with: somebody with GPU time is treated as a stranger because a header, a cookie or an
/// app's old SDK lost who they are. Each way of losing it, driven from outside: who was counted, why, the true numbers and a
/// true moment to try again, in the error that the app shows as in what <c>/.stint/me</c> says.
/// </summary>
[Collection(OneHubAtATimeCollection.Name)]
public abstract class SeedTest(SeedHub seed) : IAsyncLifetime
{
    private protected SeedHub Seed => seed;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        LedgerAudit.Of(seed.Hub.Directory).AssertSound();
        seed.Hub.AssertNoSecretWasPrinted();
        return Task.CompletedTask;
    }

    private protected static (string Name, string Value) Bearer(string token) => ("Authorization", $"Bearer {token}");

    private protected static void AssertAnonymous(Me me, string address)
    {
        Assert.Equal(("anonymous", $"anonymous:{address}", "network"), (me.Outcome, me.Identity, me.RecognisedBy));
        Assert.Equal($"You were counted as an anonymous visitor ({address}): no sign-in reached this Space.", me.Because);
        Assert.NotNull(me.HowToBeRecognised);
        Assert.All(me.Evidence.Where(evidence => evidence.Kind != "network"), evidence => Assert.Equal("missing", evidence.Standing));
    }

    private protected static void AssertRecognised(Me me, Person person, string by)
    {
        Assert.Equal(("recognised", person.Name, by), (me.Outcome, me.Account, me.RecognisedBy));
        Assert.Contains(me.Evidence, evidence => evidence.Kind == by && evidence.Standing == "believed");
    }

    /// <summary>Runs once, which leaves too little for another, and again, which the app then explains.</summary>
    private protected async Task AssertRefusalExplainedAsync(Caller caller, params (string Name, string Value)[] headers)
    {
        await caller.RunAsync(SeedHub.SpendingSeconds, headers);
        var refused = await caller.RunAsync(1, headers);
        var me = await caller.MeAsync(headers);
        AssertExplained(refused, me);
        await AssertSameAtTheHubAsync(caller, me, headers);
        if (me.Outcome != "anonymous") return;
        var page = await caller.ReadAsync(new Uri(Regex.Match(refused.Error, @"https?://\S+$").Value));
        Assert.Contains($"anonymous visitor ({caller.Address})", page, StringComparison.Ordinal);
    }

    /// <summary>
    /// The hub's own address says the same of whoever it knows, number for number; to somebody who sends it nothing it says that,
    /// and how to be recognised.
    /// </summary>
    private protected static async Task AssertSameAtTheHubAsync(Caller caller, Me me, params (string Name, string Value)[] headers)
    {
        var (status, body) = await caller.MeAtHubAsync(headers);
        if (me.Outcome == "recognised")
        {
            Assert.Equal(HttpStatusCode.OK, status);
            var atHub = body.Deserialize<Me>(JsonSerializerOptions.Web)!;
            Assert.Equal((me.Outcome, me.Identity, me.Account, me.Plan, me.RecognisedBy, me.Quota), (atHub.Outcome, atHub.Identity, atHub.Account, atHub.Plan, atHub.RecognisedBy, atHub.Quota));
            return;
        }

        Assert.Equal((HttpStatusCode.Unauthorized, "evidence-missing"), (status, body.GetProperty("code").GetString()));
        Assert.Contains("carries nothing that says who sends it", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer hf_", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    /// <summary>1 who and why, word for word 2 the numbers of the same read 3 more was needed than was left 4 the moment is when the window ends 5 the address of the refusal.</summary>
    private protected void AssertExplained(CallEnd refused, Me me)
    {
        // 1
        Assert.Equal((HttpStatusCode.OK, false), (refused.Status, refused.Succeeded));
        Assert.Contains(me.Because, refused.Error, StringComparison.Ordinal);
        // 2
        var quota = me.Quota!;
        Assert.Equal(quota.AllowanceSeconds, quota.SpentSeconds + quota.ReservedSeconds + quota.LeftSeconds);
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"{quota.LeftSeconds:0.###} s are left of {quota.AllowanceSeconds:0.###} s: {quota.SpentSeconds:0.###} s are spent."),
            refused.Error, StringComparison.Ordinal);
        // 3
        var refusal = seed.LastRefusal();
        Assert.Equal(me.Identity, refusal.GetProperty("identity").GetString());
        var reason = refusal.GetProperty("reasons")[0];
        Assert.Equal((long)(quota.LeftSeconds * 1000), reason.GetProperty("left").GetInt64());
        Assert.True(reason.GetProperty("required").GetInt64() > reason.GetProperty("left").GetInt64());
        // 4
        var fits = DateTimeOffset.FromUnixTimeMilliseconds(seed.LastRunOf(me.Identity!).WindowOpenedAt!.Value).AddHours(24);
        Assert.Equal(fits.UtcDateTime, quota.ResetsAt);
        Assert.Contains($"It fits at {fits.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.", refused.Error, StringComparison.Ordinal);
        // 5
        Assert.EndsWith($"{seed.Hub.Url}refusals/{refusal.GetProperty("id").GetString()}", refused.Error, StringComparison.Ordinal);
    }
}
