using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Runs;

/// <summary>The ways a granted lease ends, against the real process: what it cost, to the millisecond, and what became of its worker.</summary>
public sealed class RunTests(SharedHub shared) : HubTest(shared)
{
    private const double Declared = 30;

    [ClientFact]
    [Trait("Behaviour", "B21")]
    [Trait("Behaviour", "B31")]
    public async Task Grant_ReleasedBySpace_IsChargedWhatWasMeasuredAndTheRestIsBack()
    {
        var (ada, before, token) = await SomeoneAsync();
        // A function nobody ever ran: all that it declares is held.
        var grant = await Space.LeaseAsync(token, 31);
        Assert.False(grant.Idle);
        await Space.WorkAllowedAsync(grant);
        Assert.Equal(31_000, (await ada.PurseAsync()).ReservedMilliseconds);
        await Task.Delay(300);

        var released = await Space.ReleaseAsync(grant);

        // Back at once: the very next read shows it.
        Assert.Equal(0, (await ada.PurseAsync()).ReservedMilliseconds);
        Assert.Equal(200, released.Status);
        var receipt = await ada.ReceiptAfterAsync(0);
        Assert.Equal("completed", receipt.Outcome);
        Assert.Equal(receipt.MeasuredMilliseconds, receipt.ChargedMilliseconds);
        grant.AssertMeasured(receipt, released.SentAt, released.AnsweredAt);
        AssertAsRecorded(receipt);
        await ada.AssertExplainedByAsync(before, receipt);
    }

    [ClientFact]
    [Trait("Behaviour", "B30")]
    public async Task FailedTask_Released_IsChargedMeasuredTimeAndItsWorkerIsStopped()
    {
        var (ada, before, token) = await SomeoneAsync();
        var grant = await Space.LeaseAsync(token, Declared);
        var worker = await Space.WorkAllowedAsync(grant);
        await Task.Delay(200);

        var released = await Space.ReleaseAsync(grant, fail: true);

        Assert.Equal(200, released.Status);
        var receipt = await ada.ReceiptAfterAsync(0);
        Assert.Equal("failed", receipt.Outcome);
        Assert.Equal(receipt.MeasuredMilliseconds, receipt.ChargedMilliseconds);
        grant.AssertMeasured(receipt, released.SentAt, released.AnsweredAt);
        AssertAsRecorded(receipt);
        await ada.AssertExplainedByAsync(before, receipt);
        // `spaces` drops such a worker without a word to it.
        await Eventually.True(() => !worker.IsAlive);
    }

    [ClientFact]
    [Trait("Behaviour", "B30")]
    public async Task Worker_ThatDies_EndsItsLeaseAtThatMoment()
    {
        var (ada, before, token) = await SomeoneAsync();
        var grant = await Space.LeaseAsync(token, Declared);
        var worker = await Space.WorkAllowedAsync(grant);
        await Task.Delay(200);

        await Space.Agent.DoAsync("kill", new { worker.Pid, signal = OtherProcess.SigKill });

        var receipt = await ada.ReceiptAfterAsync(0);
        Assert.Equal("worker-died", receipt.Outcome);
        Assert.Equal(receipt.MeasuredMilliseconds, receipt.ChargedMilliseconds);
        Assert.InRange(receipt.MeasuredMilliseconds, 200, 5_000);
        AssertAsRecorded(receipt);
        // The Space notices too, and its release of what is over changes nothing.
        Assert.Equal(404, (await Space.ReleaseAsync(grant, fail: true)).Status);
        await ada.AssertExplainedByAsync(before, receipt);
    }

    [ClientFact]
    [Trait("Behaviour", "B30")]
    public async Task OverdueWorker_DeafToSigterm_IsKilledAndChargedItsDeclaredDuration()
    {
        var (ada, before, token) = await SomeoneAsync();
        var grant = await Space.LeaseAsync(token, 1);
        var worker = await Space.WorkAllowedAsync(grant, ignoreTerm: true);

        await Eventually.True(() => !worker.IsAlive, TimeSpan.FromSeconds(1) + Hub.Grace + TimeSpan.FromSeconds(2));

        var receipt = await ada.ReceiptAfterAsync(0);
        Assert.Equal("overrun", receipt.Outcome);
        // The lag of the kill is the house's.
        Assert.Equal((1_000, 1_000), (receipt.MeasuredMilliseconds, receipt.ChargedMilliseconds));
        AssertAsRecorded(receipt);
        Assert.Equal(404, (await Space.ReleaseAsync(grant, fail: true)).Status);
        await ada.AssertExplainedByAsync(before, receipt);
    }

    [ClientFact]
    public async Task IdleWorker_AskedForAgain_IsReusedWithoutAllow()
    {
        var (ada, before, token) = await SomeoneAsync();
        var first = await Space.LeaseAsync(token, Declared, task: 11);
        var worker = await Space.WorkAllowedAsync(first);
        Assert.Equal(200, (await Space.ReleaseAsync(first)).Status);

        var second = await Space.LeaseAsync(token, Declared, task: 11);

        Assert.True(second.Idle);
        Assert.Equal((first.NvidiaIndex, first.NvidiaUUID), (second.NvidiaIndex, second.NvidiaUUID));
        Assert.NotEqual(first.AllowToken, second.AllowToken);
        await Task.Delay(100);
        Assert.True(worker.IsAlive);
        Assert.Equal(200, (await Space.ReleaseAsync(second)).Status);
        var receipts = await ada.ReceiptsAsync();
        Assert.Equal(["completed", "completed"], receipts.Select(receipt => receipt.Outcome));
        Assert.Equal(0, receipts[0].AttachMilliseconds);
        Assert.InRange(receipts[0].ChargedMilliseconds, 100, 20_000);
        Assert.All(receipts, AssertAsRecorded);
        await ada.AssertExplainedByAsync(before, [.. receipts]);
        Assert.True(worker.IsAlive);
    }

    [ClientFact]
    public async Task ForgottenWorker_OfAnotherTask_LeavesTheSlotToTheNewOne()
    {
        var (ada, before, token) = await SomeoneAsync();
        var first = await Space.LeaseAsync(token, Declared, task: 21);
        var forgotten = await Space.WorkAllowedAsync(first, ignoreTerm: true);
        await Space.ReleaseAsync(first);
        Assert.True(forgotten.IsAlive);

        var second = await Space.LeaseAsync(token, Declared, task: 22);

        // The Space remembers no worker for that function, and nobody else will ever stop the old one.
        Assert.False(second.Idle);
        await Eventually.True(() => !forgotten.IsAlive);
        await Space.WorkAllowedAsync(second);
        await Space.ReleaseAsync(second);
        var receipts = await ada.ReceiptsAsync();
        Assert.Equal(2, receipts.Count);
        Assert.All(receipts, AssertAsRecorded);
        await ada.AssertExplainedByAsync(before, [.. receipts]);
    }
}
