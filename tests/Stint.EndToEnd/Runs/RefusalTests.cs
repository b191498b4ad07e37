using System.Text.Json;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Runs;

/// <summary>Requests that come to no run: what the Space is told, what is kept, and that nothing is charged.</summary>
public sealed class RefusalTests(SharedHub shared) : HubTest(shared)
{

    [ClientFact]
    [Trait("Behaviour", "B22")]
    [Trait("Behaviour", "B37")]
    public async Task Quota_ThatDoesNotHoldTheRun_IsRefusedWithATrueTime()
    {
        await Hub.Cli.JsonAsync("plan", "set", "small", "--allowance", "20s", "--longest", "20s");
        var (bob, _, token) = await SomeoneAsync("small");
        await RunAsync(token, seconds: 2, last: 0.4);
        var before = await bob.PurseAsync();

        var refused = await Space.AskAsync(token, 20);

        Assert.Equal(429, refused.GetProperty("status").GetInt32());
        var quota = refused.GetProperty("quota");
        Assert.Equal(before.LeftMilliseconds / 1000, quota.GetProperty("left").GetInt64());
        Assert.True(20 > quota.GetProperty("left").GetInt64());
        // The window opened a moment ago, and it fits again when that one ends.
        Assert.InRange(quota.GetProperty("wait").GetInt64(), 86_000, 86_400);
        var refusal = Assert.Single(await bob.RefusalsAsync());
        Assert.Equal("quota-exceeded", refusal.GetProperty("problem").GetProperty("code").GetString());
        var reason = refusal.GetProperty("problem").GetProperty("reasons")[0];
        Assert.Equal(20m, reason.GetProperty("requiredSeconds").GetDecimal());
        Assert.Equal(before.LeftMilliseconds / 1000m, reason.GetProperty("leftSeconds").GetDecimal());
        await bob.AssertExplainedByAsync(before);
    }

    [ClientFact]
    [Trait("Behaviour", "B63")]
    public async Task Purse_ThatEndsBeforeTheDeclaredDuration_EndsTheRunAndNothingMoreIsCharged()
    {
        await Hub.Cli.JsonAsync("plan", "set", "tiny", "--allowance", "3s", "--longest", "3s");
        var (bob, before, token) = await SomeoneAsync("tiny");
        // What such runs take is learned, so one that declares three seconds is admitted with less than that left.
        await RunAsync(token, seconds: 3, last: 0.1);
        var left = (await bob.PurseAsync()).LeftMilliseconds;
        Assert.InRange(left, 1_000, 2_999);
        var grant = await Space.LeaseAsync(token, 3);
        await Space.WorkAllowedAsync(grant);

        var last = await bob.ReceiptAfterAsync(1);

        // The house lets it go on for a moment, here up to what it declared; only what was left is charged.
        Assert.Equal(("overrun", left), (last.Outcome, last.ChargedMilliseconds));
        await bob.AssertExplainedByAsync(before, [.. await bob.ReceiptsAsync()]);
        Assert.Equal(0, (await bob.PurseAsync()).LeftMilliseconds);
    }

    [ClientFact]
    public async Task IllegalDuration_OfAnyQuota_IsRefusedForGood()
    {
        var (bob, before, token) = await SomeoneAsync("free");

        var refused = await Space.AskAsync(token, 100_000);

        Assert.Equal(429, refused.GetProperty("status").GetInt32());
        // Below nothing is how the wire says "never".
        Assert.Equal(-1, refused.GetProperty("quota").GetProperty("wait").GetInt64());
        var problem = Assert.Single(await bob.RefusalsAsync()).GetProperty("problem");
        Assert.Equal(("duration-never-allowed", 403), (problem.GetProperty("code").GetString(), problem.GetProperty("status").GetInt32()));
        Assert.False(problem.TryGetProperty("retryAt", out _));
        await bob.AssertExplainedByAsync(before);
    }

    [ClientFact]
    public async Task NoVisitor_AtSchedule_IsRefusedAndCountsAgainstNobody()
    {
        var known = LedgerAudit.Of(Hub.Directory).Runs.Count;

        var refused = await Space.AskAsync(token: null, 30);

        Assert.Equal("refused", refused.GetProperty("verdict").GetString());
        Assert.DoesNotContain(Header(refused, "X-Authenticated"), _ => true);
        var audit = LedgerAudit.Of(Hub.Directory);
        Assert.Equal(known, audit.Runs.Count);
        var kept = audit.Refusals.MaxBy(refusal => refusal.GetProperty("at").GetInt64());
        Assert.Equal("NoVisitor", kept.GetProperty("reasons")[0].GetProperty("cause").GetString());
        Assert.False(kept.TryGetProperty("identity", out _));
    }

    [ClientFact]
    [Trait("Behaviour", "B31")]
    public async Task NoGpu_BeforeTheWaitLimit_IsRefusedAndCostsNothing()
    {
        var (bob, before, token) = await SomeoneAsync();
        var (ada, _, other) = await SomeoneAsync();
        var held = await Space.LeaseAsync(other, 30);
        await Space.WorkAllowedAsync(held);

        var refused = await Space.AskAsync(token, 30, waitSeconds: 1);

        Assert.Equal("failed", refused.GetProperty("verdict").GetString());
        var receipt = await bob.ReceiptAfterAsync(0);
        Assert.Equal(("no-gpu-in-time", 0, 0), (receipt.Outcome, receipt.MeasuredMilliseconds, receipt.ChargedMilliseconds));
        Assert.InRange(receipt.WaitMilliseconds, 1_000, 3_000);
        Assert.Equal("/v1/refusals/" + Assert.Single(await bob.RefusalsAsync()).GetProperty("id").GetString(), receipt.Refusal);
        await bob.AssertExplainedByAsync(before, receipt);
        await Space.ReleaseAsync(held);
        await ada.ReceiptAfterAsync(0);
    }

    [ClientFact]
    [Trait("Behaviour", "B31")]
    public async Task Queue_BehindABusySlot_IsFreeAndThenGranted()
    {
        var (bob, before, token) = await SomeoneAsync();
        var (_, _, other) = await SomeoneAsync();
        var held = await Space.LeaseAsync(other, 30);
        await Space.WorkAllowedAsync(held);
        var waiting = await Space.BeginAsync(token, 30, task: 2);
        await waiting.SaidAsync(2);

        await Space.ReleaseAsync(held);

        var grant = Grant.Of(await waiting.Result);
        Assert.Equal("event: ping\n\n", grant.Chunks[0]);
        Assert.StartsWith("event: succeeded\ndata: {", grant.Chunks[^1], StringComparison.Ordinal);
        await Space.WorkAllowedAsync(grant);
        var released = await Space.ReleaseAsync(grant);
        var receipt = await bob.ReceiptAfterAsync(0);
        Assert.Equal("completed", receipt.Outcome);
        Assert.True(receipt.WaitMilliseconds >= 1_000, $"it waited {receipt.WaitMilliseconds} ms, two pings long");
        // The meter starts at the grant, never before.
        grant.AssertMeasured(receipt, released.SentAt, released.AnsweredAt);
        await bob.AssertExplainedByAsync(before, receipt);
    }

    [ClientFact]
    [Trait("Behaviour", "B32")]
    public async Task Visitor_WhoLeavesWhileWaiting_FreesThePlaceWithinTwoSecondsAndPaysNothing()
    {
        var (bob, before, token) = await SomeoneAsync();
        var (_, _, other) = await SomeoneAsync();
        var held = await Space.LeaseAsync(other, 30);
        await Space.WorkAllowedAsync(held);
        var waiting = await Space.BeginAsync(token, 30);
        await waiting.SaidAsync(1);
        Assert.Equal("1", (await Space.CallAsync("GET", "/queue-size")).Body);

        await Space.Agent.DoAsync("leave", new { call = waiting.Id });

        Assert.Equal("left", (await waiting.Result).GetProperty("verdict").GetString());
        await Eventually.True(async () => (await Space.CallAsync("GET", "/queue-size")).Body == "0", TimeSpan.FromSeconds(2));
        var receipt = await bob.ReceiptAfterAsync(0);
        Assert.Equal(("visitor-left", 0, 0), (receipt.Outcome, receipt.MeasuredMilliseconds, receipt.ChargedMilliseconds));
        await bob.AssertExplainedByAsync(before, receipt);
        await Space.ReleaseAsync(held);
    }

    [ClientFact]
    [Trait("Behaviour", "B63")]
    public async Task ManyRequests_AtOnce_NeverPassThePurse()
    {
        await Hub.Cli.JsonAsync("plan", "set", "crowd", "--allowance", "10m", "--longest", "3m");
        var (bob, before, token) = await SomeoneAsync("crowd");

        // Two hundred at once want three minutes each of ten: three may hold their time, the others hear that it does not fit.
        var orders = new List<Order>();
        for (var i = 0; i < 200; i++) orders.Add(await Space.BeginAsync(token, 180, task: i));
        await Eventually.True(() => orders.Count(order => order.Result.IsCompleted) == 198, TimeSpan.FromSeconds(60));

        var answers = orders.Where(order => order.Result.IsCompleted).Select(order => order.Result.Result).ToList();
        var grant = Grant.Of(Assert.Single(answers, answer => answer.GetProperty("verdict").GetString() == "granted"));
        Assert.Equal(197, answers.Count(answer => answer.GetProperty("status").GetInt32() == 429));
        foreach (var waiting in orders.Where(order => !order.Result.IsCompleted)) await Space.Agent.DoAsync("leave", new { call = waiting.Id });
        await Space.ReleaseAsync(grant);
        await Eventually.True(async () => (await bob.ReceiptsAsync()).Count == 3);
        Assert.Equal(197, (await bob.RefusalsAsync()).Count(refusal => refusal.GetProperty("problem").GetProperty("code").GetString() == "quota-exceeded"));
        await bob.AssertExplainedByAsync(before, [.. await bob.ReceiptsAsync()]);
    }

    /// <summary>One whole run of the Space for the person of this token.</summary>
    private async Task RunAsync(string token, double seconds, double last)
    {
        var grant = await Space.LeaseAsync(token, seconds);
        await Space.WorkAllowedAsync(grant);
        await Task.Delay(TimeSpan.FromSeconds(last));
        await Space.ReleaseAsync(grant);
    }

    private static IEnumerable<string> Header(JsonElement answer, string name) => answer.GetProperty("headers").EnumerateArray()
        .Where(header => string.Equals(header[0].GetString(), name, StringComparison.OrdinalIgnoreCase)).Select(header => header[1].GetString()!);
}
