using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Leasing;

/// <summary>Everybody's turn comes, whatever others and one's own other tasks do; and what a run that overstayed costs.</summary>
public sealed class TurnTests
{
    /// <summary>What the proof beside <see cref="Queue"/> comes to in this world: as long as the cap for others, and again for one's own.</summary>
    private static readonly TimeSpan Longest = 2 * Queue.PenaltyCap + TimeSpan.FromMinutes(15);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Ticket_WhateverElseKeepsComing_IsServedInBoundedTime(int seed)
    {
        var random = new Random(seed);
        var trial = Trial.WithSlots(1);
        trial.Run("busy", Passer, PlanOf(1_000_000), Function());
        trial.Request("late", Ada, PlanOf(1_000_000), Function(3_600), Patient);
        for (var i = 0; trial["late"].Lease is null; i++)
        {
            Assert.True(trial.Now <= Start + Longest, $"seed {seed}: still waiting after {trial.Now - Start}");
            // More keeps coming than the slot can do: others' and one's own, short and long, on a greater priority too.
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                var who = random.Next(3) switch { 0 => Ada, 1 => Bob, _ => IdentityId.Of(new AccountId("n" + random.Next(20))) };
                var priority = who == Ada && random.Next(4) == 0 ? 5 : 1;
                trial.Request($"r{i}-{n}", who, PlanOf(1_000_000, priority), Function(random.Next(1, 30), space: random.Next(2) == 0 ? Paint : Sing), Patient);
            }

            trial.Pass(random.Next(10, 60));
            Finish(trial);
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 6)];

    [Fact]
    public void LongTask_BesideOnesOwnShortOnes_IsServedOnceItsLengthNoLongerCounts()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("busy", Passer, PlanOf(1_000_000), Function());
        trial.Request("long", Ada, PlanOf(1_000_000), Function(3_600), Patient);
        for (var i = 0; trial["long"].Lease is null; i++)
        {
            Assert.True(trial.Now <= Start + Queue.PenaltyCap + TimeSpan.FromMinutes(2));
            trial.Request("s" + i, Ada, PlanOf(1_000_000), Function(5, space: Sing), Patient);
            trial.Pass(30);
            Finish(trial);
        }
    }

    [Theory]
    [InlineData(20_000, 0)]
    [InlineData(20_001, 1)]
    [InlineData(50_000, 30_000)]
    public void Run_AroundTwiceItsEstimate_OverstaysByWhatIsBeyond(int tookMilliseconds, long overstayMilliseconds)
    {
        var trial = Overstayed(tookMilliseconds);
        Assert.Equal(new GpuTime(overstayMilliseconds), trial.Books.LedgerOf(Ada).Current!.Overstay);
    }

    [Fact]
    public void Overstay_OfThePerson_CostsTheirNextPlaceAndOnlyThat()
    {
        var trial = Overstayed(50_000);
        trial.Request("busy", Passer, PlanOf(1_000), Function(), Patient);
        trial.Allow("busy");
        var plain = Key(trial, GpuTime.Zero);
        Assert.Equal(plain, Key(trial, GpuTime.FromSeconds(30)));
        trial.Request("next", Ada, PlanOf(1_000_000), Function(), Patient);
        Finish(trial);
        Assert.NotNull(trial["next"].Lease);
        Assert.Equal(GpuTime.Zero, trial.Books.LedgerOf(Ada).Current!.Overstay);
    }

    [Fact]
    public void Overstay_OfARunThatTheHouseFailed_IsNone()
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Ada, Function(), 10);
        trial.Run("run", Ada, PlanOf(1_000), Function());
        trial.Pass(50);
        trial.Restart(downSeconds: 5);
        Assert.Equal(GpuTime.Zero, trial.Books.LedgerOf(Ada).Current?.Overstay ?? GpuTime.Zero);
    }

    /// <summary>Where Ada's ticket stands that is expected to take 10 s, less what overstaying makes of it.</summary>
    private static Instant Key(Trial trial, GpuTime overstayed)
    {
        var standing = trial.Books.LedgerOf(Ada).Standing;
        return overstayed == GpuTime.Zero
            ? Queue.KeyOf(trial.Now, standing, GpuTime.FromSeconds(10), 1)
            : Queue.KeyOf(trial.Now, standing with { Window = standing.Window! with { Overstay = GpuTime.Zero } }, GpuTime.FromSeconds(10) + overstayed, 1);
    }

    /// <summary>Ada's run was thought to take 10 s.</summary>
    private static Trial Overstayed(int tookMilliseconds)
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Ada, Function(), 10);
        trial.Run("run", Ada, PlanOf(1_000_000), Function());
        trial.PassMilliseconds(tookMilliseconds);
        trial.Release("run");
        return trial;
    }

    private static RequestLease Patient(RequestLease request) => request with { WaitLimit = TimeSpan.FromHours(10) };

    /// <summary>Whoever has the slot is done with it, and its worker is gone; the next one names its own.</summary>
    private static void Finish(Trial trial)
    {
        if (trial.Books.Pool.Slots.Values.Single().Lease is { } id) trial.Cancel(id.Value);
        if (trial.Books.Pool.Slots.Values.Single() is { Leaving: { } worker } slot) trial.Send<Done>(new ReportWorkerGone(slot.Id, worker));
        if (trial.Books.Pool.Slots.Values.Single().Lease is { } next) trial.Allow(next.Value, trial[next.Value].Function.Space);
    }
}
