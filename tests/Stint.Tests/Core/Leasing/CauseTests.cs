using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Leasing;

/// <summary>What the machine saw of a failure stands on the receipt; it changes no charge.</summary>
[Trait("Behaviour", "B30")]
public sealed class CauseTests
{
    [Theory]
    [InlineData(true, EndingCauses.OutOfMemory)]
    [InlineData(false, null)]
    public void Release_WithACause_KeepsItWithAFailureOnly(bool failed, string? kept)
    {
        var trial = Run();
        trial.Send<ReleaseLeaseReply>(new ReleaseLease(new("a"), Paint, failed) { Cause = EndingCauses.OutOfMemory });
        Assert.Equal((kept, GpuTime.FromSeconds(7)), (Receipt.Of(trial["a"]).Cause, Receipt.Of(trial["a"]).Charged));
    }

    [Fact]
    public void Worker_ThatDiesForWantOfMemory_IsNamedOnTheReceipt()
    {
        var trial = Run();
        trial.Send<Done>(new ReportWorkerGone(trial["a"].Lease!.Slot, Worker()) { Cause = EndingCauses.OutOfMemory });
        Assert.Equal((ExitClass.WorkerDied, EndingCauses.OutOfMemory, GpuTime.FromSeconds(7)), (Receipt.Of(trial["a"]).Exit, Receipt.Of(trial["a"]).Cause, Receipt.Of(trial["a"]).Charged));
    }

    private static Trial Run()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(100), Function());
        trial.Pass(7);
        return trial;
    }
}
