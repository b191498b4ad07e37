using Stint.EndToEnd.Browser;
using Stint.EndToEnd.Harness;
using Stint.EndToEnd.JsClient;
using Xunit;

namespace Stint.EndToEnd.Leaving;

/// <summary>
/// Whoever leaves stops paying within two seconds, whatever the app makes of it, in each way people leave: the worker is gone,
/// the slot is free, the charge is the time up to then; and who only waited has no place any more.
/// </summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class LeavingTests(LeavingHub leaving) : IClassFixture<LeavingHub>
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(2);

    [LeavingTheory]
    [InlineData("the tab is closed")]
    [InlineData("cancel is pressed")]
    [InlineData("curl is killed")]
    [InlineData("the JavaScript client is killed")]
    [InlineData("the JavaScript client cancels")]
    [Trait("Behaviour", "B32")]
    [Trait("Behaviour", "B83")]
    public async Task WhoRuns_AndLeaves_StopsPayingAndItsWorkerIsGone(string how)
    {
        var (person, before) = await SomeoneAsync();
        await using var visitor = await Visitor.BeginAsync(how, leaving, person, (await person.TokenAsync("--role", "read")).Text);
        await Eventually.True(() => RunOf(before) is { WorkerPid: not null }, says: "a worker runs");
        var worker = RunOf(before)!.WorkerPid!.Value;
        Assert.True(OtherProcess.IsAlive(worker));
        var leaves = DateTimeOffset.UtcNow;
        await visitor.LeaveAsync();
        var left = DateTimeOffset.UtcNow;

        await Eventually.True(() => RunOf(before) is { EndedAt: not null } && !OtherProcess.IsAlive(worker), Bound, "the lease has ended and its worker is gone");
        var run = RunOf(before)!;
        Assert.Equal("Cancelled", run.Exit);
        Assert.InRange(run.EndedAt!.Value, leaves.ToUnixTimeMilliseconds() - 50, (left + Bound).ToUnixTimeMilliseconds());
        Assert.Equal((run.EndedAt - run.GrantedAt, run.EndedAt - run.GrantedAt), (run.Measured, run.Charged));
        // The slot is free for whoever comes next, and nothing is held any more.
        var next = await person.IdentityTokenAsync(leaving.Busy.Name);
        var grant = await leaving.Busy.LeaseAsync(next, 5);
        await leaving.Busy.ReleaseAsync(grant);
        var purse = await person.PurseAsync();
        Assert.Equal((run.Charged, 0), (purse.SpentMilliseconds, purse.ReservedMilliseconds));
        LedgerAudit.Of(leaving.Hub.Directory).AssertSound();
    }

    [LeavingTheory]
    [InlineData("the tab is closed")]
    [InlineData("cancel is pressed")]
    [InlineData("curl is killed")]
    [InlineData("the JavaScript client is killed")]
    [Trait("Behaviour", "B32")]
    public async Task WhoWaits_AndLeaves_HasNoPlaceAndPaysNothing(string how)
    {
        var (person, _) = await SomeoneAsync();
        var held = await leaving.Busy.LeaseAsync(await person.IdentityTokenAsync(leaving.Busy.Name), 30);
        await leaving.Busy.WorkAllowedAsync(held);
        var before = Runs();
        await using var visitor = await Visitor.BeginAsync(how, leaving, person, (await person.TokenAsync("--role", "read")).Text);
        await Eventually.True(async () => RunOf(before) is not null && await WaitingAsync() == "1", says: "it waits");

        await visitor.LeaveAsync();

        await Eventually.True(async () => await WaitingAsync() == "0" && RunOf(before) is { EndedAt: not null }, Bound, "its place is free");
        var run = RunOf(before)!;
        Assert.Equal((null, "Voided", 0, 0), (run.GrantedAt, run.Phase, run.Measured, run.Charged));
        await leaving.Busy.ReleaseAsync(held);
        Assert.Equal(0, (await person.PurseAsync()).ReservedMilliseconds);
        LedgerAudit.Of(leaving.Hub.Directory).AssertSound();
    }

    private async Task<(Person Person, int Runs)> SomeoneAsync() => (await leaving.SomeoneAsync(), Runs());

    private int Runs() => LedgerAudit.Of(leaving.Hub.Directory).Runs.Count;

    /// <summary>The one that came after so many; null while it has not.</summary>
    private AuditedRun? RunOf(int before) => LedgerAudit.Of(leaving.Hub.Directory).Runs.Skip(before).SingleOrDefault();

    private async Task<string> WaitingAsync() => (await leaving.Busy.CallAsync("GET", "/queue-size")).Body;
}

/// <summary>A table of tests that need a browser and programs that can be killed; skipped, with the reason, where one is missing.</summary>
internal sealed class LeavingTheoryAttribute : TheoryAttribute
{
    public LeavingTheoryAttribute() => Skip = WhyNot;

    public static string? WhyNot => Chromium.WhyNot ?? GradioJs.WhyNot ?? Checkout.WhyNoClients ?? (File.Exists("/usr/bin/curl") ? null : "no curl here: install curl");
}
