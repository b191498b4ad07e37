using Microsoft.Extensions.Logging.Abstractions;
using Stint.Core.Leasing;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Core.Spaces;
using Stint.Hub;
using Stint.Hub.Alerts;
using Stint.Hub.Engine;
using Stint.Hub.Layout.Live;
using Stint.Hub.Store.Alerts;
using Stint.Hub.Texts;
using Stint.Tests.Fakes;
using Stint.Tests.Hub.Billing;
using Xunit;

namespace Stint.Tests.Hub.Alerts;

/// <summary>B84: each threshold of each purse is told once a window, from what was committed, whatever is restarted.</summary>
[Trait("Behaviour", "B84")]
public sealed class AlertWatchTests : IDisposable
{
    private readonly BillingHub hub = new();
    private SpaceStage stage = SpaceStage.Running;

    public void Dispose() => hub.Dispose();

    private AlertBook Book => new(hub.Database);

    private IReadOnlyList<string> Told => [.. Book.Latest(100).Reverse().Select(kept => AlertTexts.Sentence(kept.Alert, kept.Alert.Identity?.Value))];

    [Fact]
    public void Look_AsAPurseIsUsedUp_TellsEachThresholdOnceAWindow()
    {
        Use(167);
        Assert.Empty(Told);
        Use(1);
        Assert.Equal("At least 80 % of account:ada's GPU time of this window is used: 168 s of 210 s.", Assert.Single(Told)[..^"The window resets at 2023-11-15 22:13:20 UTC.".Length].TrimEnd());
        Use(31);
        Assert.Single(Told);
        Use(1);
        Assert.StartsWith("At least 95 % of account:ada's GPU time of this window is used: 200 s of 210 s.", Told[1], StringComparison.Ordinal);
        Use(5);
        Assert.Equal(2, Told.Count);
        hub.Pass(86_400);
        Use(200);
        Assert.Equal(3, Told.Count);
        Assert.StartsWith("At least 95 %", Told[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Look_AfterARefund_DoesNotTellTheLowerThresholdLate()
    {
        var (watch, run) = (Watch(), hub.Run(Samples.Ada, 170, Samples.Function(171)));
        var second = hub.Run(Samples.Ada, 32, Samples.Function(33));
        watch.Look();
        Assert.StartsWith("At least 95 %", Assert.Single(Told), StringComparison.Ordinal);
        hub.Do(new RefundCharge(Samples.Ada, second, "a fault", "root"));
        Watch().Look();
        Assert.Single(Told);
        Assert.NotEqual(run, second);
    }

    [Fact]
    public void After_AChargeOfOne_LooksAtThatOneAlone()
    {
        var watch = Watch();
        watch.Look();
        var (ada, bob) = (hub.Run(Samples.Ada, 170, Samples.Function(171)), hub.Run(Samples.Bob, 170, Samples.Function(171)));
        watch.Look();
        Assert.Empty(Told);
        watch.After(new StepResult([], hub.Reads.EntriesOf(ada), hub.Clock.Now) { Slots = new Dictionary<SlotId, Slot?>(), Books = hub.Books });
        watch.Look();
        Assert.Contains("account:ada", Assert.Single(Told), StringComparison.Ordinal);
        Assert.NotEqual(ada, bob);
    }

    [Fact]
    public void Look_OfACredit_TellsItByItself()
    {
        hub.Do(new GrantCredit(Samples.Ada, new CreditId("c_1"), CreditKind.Boost, GpuTime.FromSeconds(10), hub.Clock.Now + TimeSpan.FromDays(1), "for the demo", "root"));
        Use(209);
        Use(9.5);
        Assert.Contains(Told, says => says.StartsWith("At least 80 % of account:ada's credit c_1 is used: 8.5 s of 10 s.", StringComparison.Ordinal));
    }

    [Fact]
    public void Look_OfAFailingSpace_TellsItsOwnerOnceInAWhile()
    {
        var watch = Watch();
        watch.Look();
        stage = SpaceStage.RuntimeError;
        watch.Look();
        hub.Pass(AlertWatch.FailsFor.TotalSeconds - 1);
        watch.Look();
        Assert.Empty(Book.Latest(10));
        hub.Pass(1);
        foreach (var _ in new[] { 1, 2 }) watch.Look();
        var alert = Assert.Single(Book.Latest(10)).Alert;
        Assert.Equal((AlertKind.SpaceFailing, Samples.Ada, "space/ada/paint"), (alert.Kind, alert.Identity!.Value, alert.Subject));
        stage = SpaceStage.AppStarting;
        watch.Look();
        stage = SpaceStage.RuntimeError;
        Fail();
        Assert.Single(Book.Latest(10));
        hub.Pass(AlertWatch.QuietFor.TotalSeconds);
        Fail();
        Assert.Equal(2, Book.Latest(10).Count);

        // A hub that was started anew sees it fail for as long.
        void Fail()
        {
            var restarted = Watch();
            restarted.Look();
            hub.Pass(AlertWatch.FailsFor.TotalSeconds);
            restarted.Look();
        }
    }

    [Fact]
    public void Look_OfALostNode_TellsAdministratorsOnce()
    {
        var watch = Watch();
        watch.Look();
        hub.Do(new LoseNode("n0", 0, TimeSpan.FromMinutes(1)));
        watch.Look();
        Watch().Look();
        var alert = Assert.Single(Book.Latest(10)).Alert;
        Assert.Equal((AlertKind.NodeLost, "n0", null), (alert.Kind, alert.Facts.Node, alert.Identity));
        Assert.Empty(Book.Concerning(Samples.Bob, isAdministrator: false, hub.Clock.Now));
        Assert.Single(Book.Concerning(Samples.Bob, isAdministrator: true, hub.Clock.Now));
    }

    [Fact]
    public void Notices_OfAPurse_AreItsHoldersOnlyUntilTheResetOrTakenAway()
    {
        Use(170);
        var key = Assert.Single(Book.Concerning(Samples.Ada, isAdministrator: false, hub.Clock.Now)).Alert.Key;
        Assert.Empty(Book.Concerning(Samples.Bob, isAdministrator: true, hub.Clock.Now));
        Assert.False(Book.Dismiss(key, Samples.Bob, isAdministrator: true, hub.Clock.Now));
        Use(31);
        var later = Assert.Single(Book.Concerning(Samples.Ada, isAdministrator: false, hub.Clock.Now));
        Assert.Equal(95, later.Alert.Facts.Percent);
        Assert.True(Book.Dismiss(later.Alert.Key, Samples.Ada, isAdministrator: false, hub.Clock.Now));
        Assert.Empty(Book.Concerning(Samples.Ada, isAdministrator: false, hub.Clock.Now));
        hub.Pass(86_400);
        Use(170);
        Assert.Single(Book.Concerning(Samples.Ada, isAdministrator: false, hub.Clock.Now));
        hub.Pass(86_400);
        Assert.Empty(Book.Concerning(Samples.Ada, isAdministrator: false, hub.Clock.Now));
    }

    [Theory]
    [InlineData(799, 1000, null)]
    [InlineData(800, 1000, 80)]
    [InlineData(949, 1000, 80)]
    [InlineData(950, 1000, 95)]
    [InlineData(1000, 1000, 95)]
    [InlineData(0, 0, null)]
    [InlineData(3, 4, null)]
    [InlineData(4, 5, 80)]
    public void Reached_AtEachThreshold_IsTheHighestOne(long spent, long amount, int? expected) =>
        Assert.Equal(expected, Threshold.Reached(new GpuTime(spent), new GpuTime(amount)));

    private AlertWatch Watch() => new(
        Book, hub.Catalogue, hub.Reads, _ => new SpaceReach(stage, null, "it ends with code 1"), hub.Clock, new LiveSignals(TimeProvider.System), TimeProvider.System, NullLogger<AlertWatch>.Instance);

    /// <summary>A run, and a hub that is started anew after it.</summary>
    private void Use(double seconds)
    {
        hub.Run(Samples.Ada, seconds, Samples.Function((long)seconds + 1));
        Watch().Look();
    }
}
