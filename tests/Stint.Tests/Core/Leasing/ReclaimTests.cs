using Stint.Core.Leasing;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Leasing;

/// <summary>B46: a wait that broke may be taken up again without losing its place.</summary>
[Trait("Behaviour", "B46")]
public sealed class ReclaimTests
{
    [Theory]
    [InlineData(5000, true)]
    [InlineData(5001, false)]
    public void Place_OfAWaitThatBroke_IsKeptForFiveSeconds(long after, bool kept)
    {
        var trial = Broken();
        trial.PassMilliseconds(after);
        trial.Request("again", Ada, PlanOf(1000), Function(), Same);
        Assert.Equal(kept ? Start : trial.Now, trial["again"].ArrivedAt);
        Assert.Equal(trial.Now, trial["again"].ReservedAt);
    }

    [Fact]
    public void Place_ReclaimedOnce_IsTaken()
    {
        var trial = Broken();
        trial.Request("again", Ada, PlanOf(1000), Function(), Same);
        trial.Request("more", Ada, PlanOf(1000), Function(), Same);
        Assert.Equal(Start, trial["again"].ArrivedAt);
        Assert.Equal(trial.Now, trial["more"].ArrivedAt);
    }

    [Theory]
    [InlineData("event", 2)]
    [InlineData("other", 1)]
    public void Place_OfAnotherTaskOrToken_IsNotTaken(string @event, long task)
    {
        var trial = Broken();
        trial.Request("again", Ada, PlanOf(1000), Function(), request => request with { Event = @event, TaskId = task });
        Assert.Equal(trial.Now, trial["again"].ArrivedAt);
    }

    [Fact]
    public void Place_OfALeaseThatWasCancelled_IsNotKept()
    {
        var trial = Trial.WithSlots(1);
        trial.Request("a", Ada, PlanOf(1000), Function(), Same);
        trial.Cancel("a", undelivered: true);
        trial.Pass(1);
        trial.Request("again", Ada, PlanOf(1000), Function(), Same);
        Assert.Equal(trial.Now, trial["again"].ArrivedAt);
    }

    private static RequestLease Same(RequestLease request) => request with { Event = "event" };

    /// <summary>Ada's wait began at <see cref="Start"/> and broke three seconds later.</summary>
    private static Trial Broken()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("busy", Bob, PlanOf(1000), Function(500));
        trial.Request("a", Ada, PlanOf(1000), Function(), Same);
        trial.Pass(3);
        trial.Cancel("a");
        return trial;
    }
}
