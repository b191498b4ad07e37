using Stint.Core;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Core.Quota;

/// <summary>A receipt is a view of an ended reservation: its parts sum to the whole, whatever the end.</summary>
[Trait("Behaviour", "B34")]
public sealed class ReceiptTests
{
    private static readonly Instant Granted = Samples.Start + TimeSpan.FromSeconds(7);

    [Fact]
    public void Of_ARunWithAColdWorker_SplitsWaitAttachAndRun()
    {
        var receipt = Receipt.Of(Ended(Leased() with { AllowedAt = Granted + TimeSpan.FromSeconds(2) }, ExitClass.Completed, after: 30));

        Assert.Equal((7d, 2d, 28d), (receipt.Wait.TotalSeconds, receipt.Attach.TotalSeconds, receipt.Run.TotalSeconds));
    }

    [Fact]
    public void Of_ARunWithAWarmWorker_HasNoAttach()
    {
        var receipt = Receipt.Of(Ended(Leased() with { Idle = true }, ExitClass.Completed, after: 30));

        Assert.Equal((0d, 30d), (receipt.Attach.TotalSeconds, receipt.Run.TotalSeconds));
    }

    [Fact]
    public void Of_ALeaseThatNamedNoWorker_IsAttachAlone()
    {
        var receipt = Receipt.Of(Ended(Leased(), ExitClass.NotAllowed, after: 10));

        Assert.Equal((10d, 0d), (receipt.Attach.TotalSeconds, receipt.Run.TotalSeconds));
    }

    [Fact]
    [Trait("Behaviour", "B31")]
    public void Of_AWaitThatBroke_IsZeroAndTouchesNoPurse()
    {
        var open = Open();
        var receipt = Receipt.Of(open with { Phase = ReservationPhase.Voided, Ending = new(Granted, null, TimeSpan.Zero, GpuTime.Zero, EndingCauses.VisitorLeft) });

        Assert.Equal(7d, receipt.Wait.TotalSeconds);
        Assert.Equal((GpuTime.Zero, 0, null, null), (receipt.Charged, receipt.Purses.Count, receipt.Exit, receipt.Refusal));
    }

    [Theory]
    [InlineData(EndingCauses.NoGpuInTime, true)]
    [InlineData(EndingCauses.QuotaExceeded, true)]
    [InlineData(EndingCauses.VisitorLeft, false)]
    [InlineData(EndingCauses.HubRestarted, false)]
    public void Of_AWaitThatCameToNothing_NamesItsRefusalWhereThereIsOne(string cause, bool refused)
    {
        var open = Open();
        var receipt = Receipt.Of(open with { Phase = ReservationPhase.Expired, Ending = new(Granted, null, TimeSpan.Zero, GpuTime.Zero, cause) });

        Assert.Equal(refused ? open.RefusalId : null, receipt.Refusal);
    }

    [Theory]
    [MemberData(nameof(Exits))]
    public void Of_EveryExit_SumsUp(ExitClass exit)
    {
        var lease = Leased() with { AllowedAt = Granted + TimeSpan.FromSeconds(1.5), Forgiven = TimeSpan.FromSeconds(4) };
        var receipt = Receipt.Of(Ended(lease, exit, after: 20.25));

        Assert.Equal(receipt.EndedAt - receipt.ReservedAt, receipt.Wait + receipt.Attach + receipt.Run);
        Assert.Equal(receipt.Measured, receipt.Attach + receipt.Run - receipt.Forgiven);
        Assert.Equal(receipt.Charged, receipt.Purses.Aggregate(GpuTime.Zero, (sum, share) => sum + share.Amount));
        Assert.Equal(exit.Charges() ? receipt.Weighed : GpuTime.Zero, receipt.Charged);
    }

    public static TheoryData<ExitClass> Exits => [.. Enum.GetValues<ExitClass>()];

    [Fact]
    public void Of_AnOpenReservation_BreaksAnInvariant() => Assert.Throws<InvariantBrokenException>(() => Receipt.Of(Open()));

    private static Lease Leased() => new(new SlotId("n0/0"), 0, "GPU-0", Granted, Granted, Idle: false);

    private static Reservation Ended(Lease lease, ExitClass exit, double after)
    {
        var at = Granted + TimeSpan.FromSeconds(after);
        var measured = at - lease.MeterStartsAt;
        var open = Open();
        var charged = exit.Charges() ? open.Weight.Charge(measured) : GpuTime.Zero;
        return open with { Phase = exit.Charges() ? ReservationPhase.Settled : ReservationPhase.Voided, Lease = lease, Ending = new(at, exit, measured, charged) };
    }

    private static Reservation Open() => new()
    {
        Id = new("r1"),
        Identity = Samples.Ada,
        Function = Samples.Function(60, SlotSize.XLarge),
        TaskId = 1,
        Weight = SlotSize.XLarge.Weight(),
        Floor = GpuTime.FromSeconds(10),
        Ceiling = GpuTime.FromSeconds(120),
        Expected = GpuTime.FromSeconds(20),
        Event = "event",
        Priority = 1,
        RefusalId = new("x1"),
        ReservedAt = Samples.Start,
        ArrivedAt = Samples.Start,
        WaitUntil = Samples.Start + TimeSpan.FromSeconds(60),
    };
}
