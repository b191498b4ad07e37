using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Hub.Engine;
using Stint.Hub.Layout.Live;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Layout.Live;

public sealed class LiveSignalTests
{
    private readonly LiveSignals live = new(new ManualTime());

    [Fact]
    public void After_ACommit_RingsForThoseItIsAboutAndForThePool()
    {
        using var ada = live.Listen(Samples.Ada, LiveTopics.Own | LiveTopics.Queue, live.Last);
        using var bob = live.Listen(Samples.Bob, LiveTopics.Own | LiveTopics.Queue | LiveTopics.Spaces, live.Last);
        using var root = live.Listen(Samples.Passer, LiveTopics.Pool, live.Last);

        live.After(Committed(new PlanObserved(Samples.Start, Samples.Ada, Samples.PlanOf(10), null)));

        Assert.Equal((LiveTopics.Own, LiveTopics.None, LiveTopics.Pool), (ada.Take().Topics, bob.Take().Topics, root.Take().Topics));
    }

    [Fact]
    public void After_AnEndThatSomebodyElsePaysFor_RingsForWhoeverPays()
    {
        using var sponsor = live.Listen(Samples.Bob, LiveTopics.Own, live.Last);
        var ending = new Ending(Samples.Start, ExitClass.Completed, TimeSpan.Zero, GpuTime.Zero, null)
        {
            Further = [new Share(Samples.Bob, new CreditId("c"), CreditKind.Credit, GpuTime.FromSeconds(1))],
        };

        live.After(Committed(new ReservationEnded(Samples.Start, Samples.Ada, new("r"), ReservationPhase.Settled, ending, null)));

        Assert.Equal(LiveTopics.Own, sponsor.Take().Topics);
    }

    [Fact]
    public void After_AStepThatChangedNothing_RingsForNobody()
    {
        using var root = live.Listen(Samples.Ada, LiveTopics.Own | LiveTopics.Pool, live.Last);

        live.After(Committed());

        Assert.Equal(LiveTopics.None, root.Take().Topics);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Listen_AfterASignal_HearsItExactlyWhereItWasMissed(bool wasSeen)
    {
        var before = live.Last;
        live.Ring(LiveTopics.Queue, [Samples.Ada]);

        using var ada = live.Listen(Samples.Ada, LiveTopics.Queue | LiveTopics.Own, wasSeen ? live.Last : before);

        Assert.Equal(!wasSeen, await ada.WaitAsync(TimeSpan.Zero, default));
        using var bob = live.Listen(Samples.Bob, LiveTopics.Queue, before);
        Assert.False(await bob.WaitAsync(TimeSpan.Zero, default));
    }

    [Fact]
    public void Listen_WithANumberOfAnEarlierHub_HearsAtOnce()
    {
        var before = live.Last;
        var time = new ManualTime();
        time.Advance(TimeSpan.FromSeconds(1));
        var restarted = new LiveSignals(time);

        using var ada = restarted.Listen(Samples.Ada, LiveTopics.Own, before);

        Assert.Equal(LiveTopics.Own, ada.Take().Topics);
    }

    [Fact]
    public async Task Ring_ManyTimesWhileNobodyLooks_IsHeardOnce()
    {
        using var ada = live.Listen(Samples.Ada, LiveTopics.Own | LiveTopics.Spaces, live.Last);
        for (var i = 0; i < 3; i++) live.Ring(LiveTopics.Own, [Samples.Ada]);
        live.Ring(LiveTopics.Spaces);

        Assert.True(await ada.WaitAsync(TimeSpan.Zero, default));
        Assert.Equal((LiveTopics.Own | LiveTopics.Spaces, live.Last), ada.Take());
        Assert.False(await ada.WaitAsync(TimeSpan.Zero, default));
    }

    private static StepResult Committed(params Entry[] entries) => new([], entries, Samples.Start)
    {
        Slots = new Dictionary<SlotId, Slot?>(),
        Books = null!,
    };
}
