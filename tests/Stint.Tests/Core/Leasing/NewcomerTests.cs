using Stint.Core.Leasing;
using Stint.Core.Leasing.Forecasts;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Leasing;

/// <summary>Who asks how long a task would wait is told what its ticket would be told.</summary>
public sealed class NewcomerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    public void Wait_OfATaskThatThenComes_IsWhatItsTicketIsTold(int waiting)
    {
        var trial = Trial.WithSlots(2);
        for (var i = 0; i < 2 + waiting; i++) trial.Request($"r{i}", i % 2 == 0 ? Bob : Passer, PlanOf(1_000_000), Function(20 + i));
        trial.Pass(7);
        var (plan, function) = (PlanOf(1_000_000), Function(50));
        var newcomer = new Newcomer(Ada, function, Weight.One, GpuTime.FromSeconds(50), GpuTime.FromSeconds(50), GpuTime.FromSeconds(50), plan.Priority);
        var told = newcomer.WaitIn(PoolPicture.Of(trial.Books, trial.Now), trial.Books.LedgerOf(Ada).Standing);

        // Its own chance of how long each run takes hangs on its id, but nothing ahead of it does.
        trial.Request("~", Ada, plan, function);
        var ticket = Forecast.Of(PoolPicture.Of(trial.Books, trial.Now)).Of(new("~"))!.Middle;
        Assert.NotNull(told);
        Assert.Equal(ticket, told);
    }

    [Fact]
    public void Wait_WhereNothingServesIt_IsUnknown()
    {
        var trial = Trial.WithSlots(1);
        var picture = PoolPicture.Of(trial.Books, trial.Now);
        var whole = new Newcomer(Ada, Function(size: SlotSize.XLarge), SlotSize.XLarge.Weight(), GpuTime.Zero, GpuTime.FromSeconds(1), GpuTime.FromSeconds(1), 1);
        Assert.Null(whole.WaitIn(picture, trial.Books.LedgerOf(Ada).Standing));
        Assert.Equal(TimeSpan.Zero, (whole with { Function = Function() }).WaitIn(picture, trial.Books.LedgerOf(Ada).Standing));
        Assert.Null((whole with { Function = Function() }).WaitIn(picture with { Unseen = 1 }, trial.Books.LedgerOf(Ada).Standing));
    }
}
