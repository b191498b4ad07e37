using Stint.Core.Leasing;
using Stint.Core.Leasing.Forecasts;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Leasing;

/// <summary>What people in the queue are told: place, expected start, and the reason of each move.</summary>
[Trait("Behaviour", "B47")]
public sealed class TicketBookTests
{
    private readonly TicketBook book = new();

    [Fact]
    public void Ticket_BehindOneRun_IsToldARangeAroundWhatThatStillTakes()
    {
        var trial = Busy(60);
        trial.Request("a", Ada, PlanOf(1_000), Function(10));
        Look(trial);
        var ticket = Of("a");
        Assert.Equal((TicketPhase.Waiting, 1, 1), (ticket.Phase, ticket.Place, ticket.Waiting));
        Assert.InRange(ticket.Middle!.Value.TotalSeconds, 45, 75);
        Assert.True(ticket.Range!.Value.Holds(trial.Now + TimeSpan.FromSeconds(60)));
        Assert.Equal(ticket.Range, ticket.ToldFirst);
    }

    [Fact]
    public void Ticket_WhenSomeoneAheadStarts_MovesUpForThatReason()
    {
        var trial = Busy(60);
        trial.Request("a", Ada, PlanOf(1_000), Function(10));
        trial.Request("b", Bob, PlanOf(1_000), Function(20));
        Look(trial);
        Look(trial, Finish(trial));
        Assert.Equal(TicketPhase.Started, Of("a").Phase);
        Assert.Equal((2, 1, "StartedAhead 1"), Last("b"));
    }

    [Fact]
    public void Ticket_WhenSomeoneAheadLeaves_MovesUpForThatReason()
    {
        var trial = Busy(60);
        trial.Request("a", Ada, PlanOf(1_000), Function(10));
        trial.Request("b", Bob, PlanOf(1_000), Function(20));
        Look(trial);
        trial.Cancel("a");
        Look(trial, new Departed(new("a"), trial.Now, EndingCauses.VisitorLeft));
        Assert.Equal((TicketPhase.Left, EndingCauses.VisitorLeft), (Of("a").Phase, Of("a").Cause));
        Assert.Equal((2, 1, "LeftAhead 1"), Last("b"));
    }

    [Fact]
    public void Ticket_WhenAShorterTaskComes_MovesDownForThatReason()
    {
        var trial = Busy(60);
        trial.Request("b", Bob, PlanOf(1_000), Function(60));
        Look(trial);
        trial.Request("a", Ada, PlanOf(1_000), Function(5));
        Look(trial);
        Assert.Equal((1, 2, "CameAhead 1"), Last("b"));
    }

    [Fact]
    public void Ticket_WhenASlotIsLost_IsToldSo()
    {
        var trial = Trial.WithSlots(2);
        foreach (var id in new[] { "x", "y" }) trial.Run(id, Passer, PlanOf(10_000), Function());
        trial.Request("a", Ada, PlanOf(1_000), Function(10));
        Look(trial);
        trial.Cancel("x");
        trial.Send<Done>(new ReportUnstoppable(trial["x"].Lease!.Slot, "pid reused"));
        Look(trial);
        Assert.Equal((1, 1, "SlotsLost 1"), Last("a"));
    }

    [Fact]
    public void Ticket_ThatMovesOften_KeepsTheLatestMoves()
    {
        var trial = Busy(60);
        trial.Request("b", Bob, PlanOf(1_000), Function(600), Patient);
        Look(trial);
        for (var i = 0; i < Ticket.MostMoves + 5; i++)
        {
            trial.Request("a" + i, Ada, PlanOf(1_000), Function(5), Patient);
            Look(trial);
        }

        Assert.Equal(Ticket.MostMoves, Of("b").Moves.Count);
        Assert.Equal(Of("b").Place, Of("b").Moves[^1].To);
    }

    [Fact]
    public void Book_OfTheSamePictures_IsTheSame()
    {
        var trial = Busy(60);
        for (var i = 0; i < 200; i++) trial.Request("r" + i, i % 3 == 0 ? Ada : Bob, PlanOf(100_000), Function(5 + (i % 40)), Patient);
        var picture = PoolPicture.Of(trial.Books, trial.Now);
        var other = new TicketBook();
        book.Look(picture, []);
        other.Look(picture, []);
        Assert.Equal(book.Tickets.Values.Select(ticket => (ticket.Id, ticket.Place, ticket.Range)), other.Tickets.Values.Select(ticket => (ticket.Id, ticket.Place, ticket.Range)));
        Assert.Equal(Enumerable.Range(1, 200), book.Tickets.Values.Select(ticket => ticket.Place).Order());
    }

    [Theory]
    [InlineData(ForecastRecord.Least - 1, 20, 400)]
    [InlineData(ForecastRecord.Least, 198, 202)]
    public void Range_OnceEnoughWasLearned_IsWhereFourOfFiveStartsWere(int learned, int least, int most)
    {
        var record = new ForecastRecord();
        for (var i = 0; i < learned; i++) record.Learn(TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(200));
        var range = record.RangeOf(TimeSpan.FromSeconds(100), Start);
        Assert.InRange((range.Earliest - Start).TotalSeconds, least - 5, least + 5);
        Assert.InRange((range.Latest - Start).TotalSeconds, most - 10, most + 10);
    }

    private static RequestLease Patient(RequestLease request) => request with { WaitLimit = TimeSpan.FromHours(10) };

    private void Look(Trial trial, params Departed[] gone) => book.Look(PoolPicture.Of(trial.Books, trial.Now), gone);

    private Ticket Of(string id) => book.Tickets[new(id)];

    private (int From, int To, string Why) Last(string id)
    {
        var move = Of(id).Moves[^1];
        return (move.From, move.To, string.Join(' ', move.Reasons.Select(reason => $"{reason.Cause} {reason.Count}")));
    }

    /// <summary>One slot that someone else has for so long.</summary>
    private static Trial Busy(long seconds)
    {
        var trial = Trial.WithSlots(1);
        trial.Run("busy", Passer, PlanOf(10_000), Function(seconds));
        return trial;
    }

    /// <summary>Whoever has the slot is done with it; what starts then is what departs.</summary>
    private static Departed Finish(Trial trial)
    {
        var slot = trial.Books.Pool.Slots.Values.Single();
        trial.Release(slot.Lease!.Value.Value);
        var next = trial.Books.Pool.Slots.Values.Single().Lease!.Value;
        return new(next, trial.Now, null);
    }
}
