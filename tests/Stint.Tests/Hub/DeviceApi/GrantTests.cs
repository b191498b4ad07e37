using System.Net;
using Microsoft.AspNetCore.Http;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.DeviceApi;

/// <summary>Runs from <c>/schedule</c> to receipt, to the millisecond.</summary>
public sealed class GrantTests : DeviceHubTest
{
    /// <summary>Nobody is there under this number: as good as a worker the hub cannot see.</summary>
    private const int Pid = 2_000_000_001;

    [Fact]
    public async Task Schedule_FreeSlot_AnswersALeaseAtOnce()
    {
        using var response = await Hub.PostAsync(Hub.Schedule(Hub.TokenOf("ada")));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(["regular"], response.Headers.GetValues("X-Authenticated"));
        Assert.False(response.Headers.Contains("X-Queuing-Reason"));
        var granted = Granted.Read(await response.Content.ReadAsStringAsync());
        Assert.Equal((false, 0), (granted.Idle, granted.NvidiaIndex));
        Assert.StartsWith("GPU-", granted.NvidiaUUID, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cleo", "pro")]
    [InlineData("bob", "regular")]
    public async Task Schedule_Plan_IsWhatTheClientIsToldOfTheVisitor(string account, string said)
    {
        using var response = await Hub.PostAsync(Hub.Schedule(Hub.TokenOf(account)));

        Assert.Equal([said], response.Headers.GetValues("X-Authenticated"));
    }

    [Fact]
    public async Task Schedule_SomebodyAnonymous_IsServedAndNotCalledAuthenticated()
    {
        var token = Hub.Tokens.Issue(IdentityId.OfNetwork("192.0.2.1"), DeviceHub.Squares, "e", "/run", TimeSpan.FromMinutes(1));

        using var response = await Hub.PostAsync(Hub.Schedule(token));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains("X-Authenticated"));
    }

    [Fact]
    [Trait("Behaviour", "B21")]
    public async Task Release_AfterARun_ChargesWhatWasMeasuredAndReturnsTheRest()
    {
        var granted = await Hub.GrantAsync("ada");
        Assert.Equal(60_000, Hub.Reading("ada").Reserved.Milliseconds);
        Assert.Equal(HttpStatusCode.OK, await Hub.AllowAsync(granted.AllowToken, Pid));
        Time.Advance(TimeSpan.FromMilliseconds(7_301));

        Assert.Equal(HttpStatusCode.OK, await Hub.ReleaseAsync(granted.AllowToken));

        AssertReceipt(granted, ExitClass.Completed, 7_301, 7_301);
        AssertReading("ada", spent: 7_301, left: 202_699);
    }

    [Fact]
    public async Task Release_WholeCard_ChargesTwiceWhatWasMeasured()
    {
        using var response = await Hub.PostAsync(Hub.Schedule(Hub.TokenOf("ada"), more: "&gpuSize=xlarge"));
        var granted = Granted.Read(await response.Content.ReadAsStringAsync());
        await Hub.AllowAsync(granted.AllowToken, Pid);
        Time.Advance(TimeSpan.FromMilliseconds(1_500));

        await Hub.ReleaseAsync(granted.AllowToken);

        AssertReceipt(granted, ExitClass.Completed, 1_500, 3_000);
    }

    [Fact]
    public async Task Release_Failed_ChargesWhatWasMeasuredAndKeepsNoWorker()
    {
        var granted = await Hub.GrantAsync("ada");
        await Hub.AllowAsync(granted.AllowToken, Pid);
        Time.Advance(TimeSpan.FromMilliseconds(2_500));

        Assert.Equal(HttpStatusCode.OK, await Hub.ReleaseAsync(granted.AllowToken, fail: true));

        AssertReceipt(granted, ExitClass.Failed, 2_500, 2_500);
        AssertReading("ada", spent: 2_500, left: 207_500);
        Assert.Null(Hub.Slots().Single().Warm);
    }

    [Theory]
    [InlineData(0, ExitClass.NotUsed, 0)]
    [InlineData(2_000, ExitClass.NotUsed, 0)]
    [InlineData(2_001, ExitClass.NotAllowed, 2_001)]
    public async Task Release_NeverAllowed_Is204AndChargedOnlyIfHeld(int heldMilliseconds, ExitClass exit, long charged)
    {
        var granted = await Hub.GrantAsync("ada");
        Time.Advance(TimeSpan.FromMilliseconds(heldMilliseconds));

        Assert.Equal(HttpStatusCode.NoContent, await Hub.ReleaseAsync(granted.AllowToken));

        AssertReceipt(granted, exit, heldMilliseconds, charged);
        Assert.Equal(charged == 0 ? null : Hub.Clock.Now - TimeSpan.FromMilliseconds(heldMilliseconds) + Window.Length, Hub.Reading("ada").ResetsAt);
    }

    [Theory]
    [InlineData(10_000, HttpStatusCode.OK)]
    [InlineData(10_001, HttpStatusCode.NotFound)]
    public async Task Allow_AroundTenSeconds_IsInTimeUpToExactlyThen(int afterMilliseconds, HttpStatusCode status)
    {
        var granted = await Hub.GrantAsync("ada");
        Time.Advance(TimeSpan.FromMilliseconds(afterMilliseconds));

        Assert.Equal(status, await Hub.AllowAsync(granted.AllowToken, Pid));
    }

    [Fact]
    public async Task Allow_NeverCame_EndsTheLeaseAfterTenSecondsAndChargesThem()
    {
        var granted = await Hub.GrantAsync("ada");
        Time.Advance(TimeSpan.FromSeconds(30));
        await Hub.NudgeAsync();

        AssertReceipt(granted, ExitClass.NotAllowed, 10_000, 10_000);
        Assert.Equal(HttpStatusCode.NotFound, await Hub.ReleaseAsync(granted.AllowToken));
    }

    [Fact]
    public async Task Release_AfterItsTime_IsUnknownAndChargesTheDeclaredDurationOnly()
    {
        var granted = await Hub.GrantAsync("ada", duration: "20");
        await Hub.AllowAsync(granted.AllowToken, Pid);
        Time.Advance(TimeSpan.FromMilliseconds(20_001));
        await Hub.NudgeAsync();

        AssertReceipt(granted, ExitClass.Overrun, 20_000, 20_000);
        Assert.Equal(HttpStatusCode.NotFound, await Hub.ReleaseAsync(granted.AllowToken));
        AssertReading("ada", spent: 20_000, left: 190_000);
    }

    [Fact]
    public async Task Schedule_SameTaskAgain_FindsItsWorkerIdleAndNever204()
    {
        var first = await Hub.GrantAsync("ada", task: 7);
        await Hub.AllowAsync(first.AllowToken, Pid);
        await Hub.ReleaseAsync(first.AllowToken);

        var again = await Hub.GrantAsync("bob", task: 7);
        Assert.True(again.Idle);
        Assert.NotEqual(first.AllowToken, again.AllowToken);
        Time.Advance(TimeSpan.FromMilliseconds(15_000));
        Assert.Equal(HttpStatusCode.OK, await Hub.ReleaseAsync(again.AllowToken));

        AssertReceipt(again, ExitClass.Completed, 15_000, 15_000, "bob");
    }

    [Theory]
    [InlineData("ada/squares", 8)]
    [InlineData("bob/faces", 7)]
    public async Task Schedule_OtherTaskOrSpace_FindsNoIdleWorker(string space, long task)
    {
        var first = await Hub.GrantAsync("ada", task: 7);
        await Hub.AllowAsync(first.AllowToken, Pid);
        await Hub.ReleaseAsync(first.AllowToken);

        Assert.False((await Hub.GrantAsync("ada", SpaceId.Parse(space), task)).Idle);
    }

    [Fact]
    public async Task Allow_ForANewWorkerAfterAnIdleGrant_IsAccepted()
    {
        var first = await Hub.GrantAsync("ada");
        await Hub.AllowAsync(first.AllowToken, Pid);
        await Hub.ReleaseAsync(first.AllowToken);
        var again = await Hub.GrantAsync("ada");

        Assert.True(again.Idle);
        Assert.Equal(HttpStatusCode.OK, await Hub.AllowAsync(again.AllowToken, Pid + 1));
    }

    [Fact]
    public async Task Allow_Twice_IsTheSameForTheSamePidAndRefusedForAnother()
    {
        var granted = await Hub.GrantAsync("ada");

        Assert.Equal(HttpStatusCode.OK, await Hub.AllowAsync(granted.AllowToken, Pid));
        Assert.Equal(HttpStatusCode.OK, await Hub.AllowAsync(granted.AllowToken, Pid));
        Assert.Equal(HttpStatusCode.Forbidden, await Hub.AllowAsync(granted.AllowToken, Pid + 1));
    }

    [Fact]
    public async Task Release_Twice_IsUnknownTheSecondTimeAndChargesOnce()
    {
        var granted = await Hub.GrantAsync("ada");
        await Hub.AllowAsync(granted.AllowToken, Pid);
        Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(HttpStatusCode.OK, await Hub.ReleaseAsync(granted.AllowToken));
        Assert.Equal(HttpStatusCode.NotFound, await Hub.ReleaseAsync(granted.AllowToken));
        AssertReading("ada", spent: 5_000, left: 205_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Schedule_CallerGoneBeforeTheAnswer_GivesTheLeaseBackUncharged(bool idle)
    {
        if (idle)
        {
            var first = await Hub.GrantAsync("ada");
            await Hub.AllowAsync(first.AllowToken, Pid);
            await Hub.ReleaseAsync(first.AllowToken);
        }

        var request = new RequestLease(
            NewId.OfReservation(), NewId.OfRefusal(), DeviceHub.IdentityOf("bob"), Hub.Catalogue.PlanOf(DeviceHub.IdentityOf("bob")),
            Samples.Function(space: DeviceHub.Squares), TaskId: 1, Weight.One, "e", TimeSpan.FromSeconds(60));
        var (_, wait) = await Hub.Engine.RequestAsync(request);
        Assert.Equal(idle, (await wait.Result).Granted!.Lease.Idle);
        Time.Advance(TimeSpan.FromSeconds(1));

        await Hub.Answer.AtOnceAsync(new DefaultHttpContext { RequestAborted = new CancellationToken(canceled: true) }, request, wait);

        var receipt = Hub.Reads.Receipt(request.Id)!;
        Assert.Equal((ExitClass.NotUsed, 0), (receipt.Exit, receipt.Charged.Milliseconds));
        Assert.Equal((SlotPhase.Free, idle), (Hub.Slots().Single().Phase, Hub.Slots().Single().Warm is not null));
        Assert.Equal(210_000, Hub.Reading("bob").Left.Milliseconds);
    }

    [Fact]
    public async Task Release_ByAnotherSpace_IsUnknownThere()
    {
        var granted = await Hub.GrantAsync("ada");

        Assert.Equal(HttpStatusCode.NotFound, await Hub.ReleaseAsync(granted.AllowToken, space: DeviceHub.Faces));
        Assert.Equal(HttpStatusCode.NotFound, await Hub.AllowAsync(granted.AllowToken, Pid, DeviceHub.Faces));
        Assert.Equal(HttpStatusCode.OK, await Hub.AllowAsync(granted.AllowToken, Pid));
    }

    private void AssertReceipt(Granted granted, ExitClass exit, long measured, long charged, string account = "ada")
    {
        var receipt = Hub.ReceiptOf(granted.AllowToken);
        Assert.Equal((exit, measured, charged), (receipt.Exit, (long)receipt.Measured.TotalMilliseconds, receipt.Charged.Milliseconds));
        Assert.Equal(DeviceHub.IdentityOf(account), receipt.Identity);
    }

    private void AssertReading(string account, long spent, long left)
    {
        var reading = Hub.Reading(account);
        Assert.Equal((spent, 0, left), (reading.Spent.Milliseconds, reading.Reserved.Milliseconds, reading.Left.Milliseconds));
    }
}
