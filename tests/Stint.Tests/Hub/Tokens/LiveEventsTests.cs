using Stint.Core.Quota;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Tokens;

public sealed class LiveEventsTests
{
    private readonly SteppedTime time = new(Samples.Start);
    private readonly LiveEvents events;

    public LiveEventsTests() => events = new LiveEvents(() => Now);

    private Instant Now => Instant.From(time.GetUtcNow());

    [Fact]
    [Trait("Behaviour", "B13")]
    public void IsOver_AnEventThatGoesOn_NeverIs()
    {
        var live = Begin();
        time.Advance(TimeSpan.FromHours(23));

        Assert.False(events.IsOver(live.Id, Now));
    }

    [Theory]
    [InlineData(59_999, false)]
    [InlineData(60_000, true)]
    public void IsOver_AfterItsEnd_IsAMinuteLater(int milliseconds, bool isOver)
    {
        var live = Begin();
        events.End(live);
        time.Advance(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(isOver, events.IsOver(live.Id, Now));
    }

    [Fact]
    public void IsOver_LongAfterItsEnd_StaysSoThoughItIsForgotten()
    {
        var live = Begin();
        events.End(live);
        time.Advance(TimeSpan.FromHours(1));
        Begin();

        Assert.True(events.IsOver(live.Id, Now));
    }

    [Fact]
    public void IsOver_EndedTwice_CountsFromTheFirst()
    {
        var live = Begin();
        events.End(live);
        time.Advance(TimeSpan.FromSeconds(40));
        events.End(live);
        time.Advance(TimeSpan.FromSeconds(20));

        Assert.True(events.IsOver(live.Id, Now));
    }

    [Fact]
    public void IsOver_TheEventThatCalledIt_TakesItAlong()
    {
        var parent = Begin();
        var child = events.Begin(Samples.Sing, Samples.Ada, parent.Id);
        var grandchild = events.Begin(Samples.Paint, Samples.Ada, child.Id);
        Assert.False(events.IsOver(grandchild.Id, Now));

        events.End(parent);
        time.Advance(LiveEvents.Lingering);

        Assert.True(events.IsOver(grandchild.Id, Now));
    }

    [Theory]
    [InlineData(599_999, false)]
    [InlineData(600_000, true)]
    public void IsOver_OfAHubBeforeARestart_IsAfterTheGrace(int milliseconds, bool isOver)
    {
        var before = Begin();
        var after = new LiveEvents(() => Now);
        time.Advance(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(isOver, after.IsOver(before.Id, Now));
    }

    [Fact]
    public void IsOver_AnEventThatNoGatewayWatches_IsNot()
    {
        time.Advance(TimeSpan.FromHours(20));

        Assert.False(events.IsOver("e_of_the_command_line", Now));
    }

    [Fact]
    public void Begin_PastTheBoundOfOneIdentity_EndsItsOldestAndNobodyElses()
    {
        var (others, oldest) = (events.Begin(Samples.Paint, Samples.Bob), Begin());
        for (var i = 0; i < LiveEvents.MostOfIdentity; i++) Begin();

        Assert.True(events.IsOver(oldest.Id, Now));
        Assert.False(events.IsOver(others.Id, Now));
    }

    [Fact]
    public void End_WithWhatItLeases_SaysWhatThatIs()
    {
        var live = Begin();
        events.Reserved(live.Id, new ReservationId("a"));
        events.Reserved(live.Id, new ReservationId("b"));
        events.Ended(new ReservationId("a"));

        Assert.Equal([new ReservationId("b")], events.End(live));
    }

    [Fact]
    public void Refusal_AReservationAfterIt_IsNotWhatTheEventCameTo()
    {
        var live = Begin();
        var refusal = new Refusal(new("f"), Now, Samples.Ada, Samples.Function(), TimeSpan.FromSeconds(60), Weight.One, [new(RefusalCause.QuotaExceeded)], null);
        events.Refused(live.Id, refusal);
        Assert.Same(refusal, live.Refusal);

        events.Reserved(live.Id, new ReservationId("a"));

        Assert.Null(live.Refusal);
    }

    [Fact]
    public void OfWire_AnEventOfAnotherSpace_IsNotFound()
    {
        var live = Begin();
        events.Name(live, "abc");

        Assert.Same(live, events.OfWire(Samples.Paint, "abc"));
        Assert.Null(events.OfWire(Samples.Sing, "abc"));
    }

    [Fact]
    public void OfSession_OfSomebodyElse_IsEmpty()
    {
        var live = Begin();
        live.Session = "s";

        Assert.Equal([live], events.OfSession(Samples.Paint, Samples.Ada, "s"));
        Assert.Empty(events.OfSession(Samples.Paint, Samples.Bob, "s"));
        events.End(live);
        Assert.Empty(events.OfSession(Samples.Paint, Samples.Ada, "s"));
    }

    private LiveEvent Begin() => events.Begin(Samples.Paint, Samples.Ada);
}
