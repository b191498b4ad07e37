using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Admin.Slots;
using Stint.Tests.Fakes;
using Stint.Tests.Hub.Billing;
using Xunit;

namespace Stint.Tests.Hub.Admin;

public sealed class SlotTimelineTests : IDisposable
{
    private readonly BillingHub hub = new();
    private readonly Instant start;

    public SlotTimelineTests() => start = hub.Clock.Now;

    public void Dispose() => hub.Dispose();

    [Fact]
    public void Of_RunsThatEndedAndOneThatGoesOn_SaysWhoHeldTheSlotAndWhen()
    {
        hub.Run(Samples.Ada, 10);
        hub.Pass(5);
        hub.Ask(Samples.Bob);
        hub.Pass(3);
        var spans = Rows().SelectMany(row => row.Spans).Select(span => (span.Kind, Seconds(span.From), Seconds(span.To), span.Identity, span.GoesOn));
        Assert.Equal([(SpanKind.Leased, 0, 10, Samples.Ada, false), (SpanKind.Leased, 15, 18, Samples.Bob, true)], spans.OrderBy(span => span.Item2));
    }

    [Fact]
    public void Of_ARunThatBeganBefore_BeginsWhereTheChartDoes()
    {
        hub.Run(Samples.Ada, 30);
        hub.Pass(20);
        var span = Assert.Single(Rows(last: 25).SelectMany(row => row.Spans));
        Assert.Equal((25, 30), (Seconds(span.From), Seconds(span.To)));
        Assert.Empty(Rows(last: 20).SelectMany(row => row.Spans));
    }

    [Fact]
    public void Of_ANodeLostAndDrained_ShowsItOnEachOfItsSlots()
    {
        hub.Pass(2);
        hub.Do(new LoseNode("n0", 0, TimeSpan.FromMinutes(1)));
        hub.Pass(4);
        foreach (var row in Rows())
        {
            var span = Assert.Single(row.Spans);
            Assert.Equal((SpanKind.Lost, 2, 6, true), (span.Kind, Seconds(span.From), Seconds(span.To), span.GoesOn));
            Assert.Equal(("lost", "bad"), SlotTexts.State(row.Slot));
        }

        hub.Do(new DrainNode("n0", true));
        hub.Pass(1);
        Assert.All(Rows(), row => Assert.Contains(row.Spans, span => span.Kind == SpanKind.Drained && Seconds(span.From) == 6));
        hub.Do(new DrainNode("n0", false));
        hub.Pass(1);
        Assert.All(Rows(), row => Assert.Contains(row.Spans, span => span is { Kind: SpanKind.Drained, GoesOn: false } && Seconds(span.To) == 7));
    }

    [Theory]
    [InlineData(SlotPhase.Free, false, false, "free")]
    [InlineData(SlotPhase.Leased, false, false, "busy")]
    [InlineData(SlotPhase.Leased, true, false, "draining")]
    [InlineData(SlotPhase.Free, true, false, "drained")]
    [InlineData(SlotPhase.Draining, false, false, "stopping a worker")]
    [InlineData(SlotPhase.Quarantined, true, true, "quarantined")]
    [InlineData(SlotPhase.Free, false, true, "leaving")]
    public void State_OfASlot_IsWhatMattersMost(SlotPhase phase, bool drained, bool withdrawn, string word) =>
        Assert.Equal(word, SlotTexts.State(Samples.SlotNamed("n0/0") with { Phase = phase, IsDrained = drained, IsWithdrawn = withdrawn }).Word);

    private IReadOnlyList<SlotRow> Rows(double last = 600)
    {
        var pool = hub.Reads.Pool(Samples.Ada, 100);
        return SlotTimeline.Of(pool.Slots, pool.Open!, hub.Reads.Receipts(null, 100), hub.Reads.SlotEntries(1_000), hub.Clock.Now - TimeSpan.FromSeconds(last), hub.Clock.Now);
    }

    private int Seconds(Instant at) => (int)(at - start).TotalSeconds;
}
