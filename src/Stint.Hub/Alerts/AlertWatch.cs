using System.Threading.Channels;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Layout.Live;
using Stint.Hub.Store;
using Stint.Hub.Store.Alerts;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Alerts;

/// <summary>
/// Raises alerts from committed state: of purses after each charge, of nodes and Spaces every few seconds. What was charged
/// while nobody looked (a crash between the commit and the look, or more at once than is remembered) is found by going
/// through all purses that were used lately, which is how it begins.
/// </summary>
internal sealed class AlertWatch(
    AlertBook book, Catalogue catalogue, LedgerReads reads, SpaceUpstream upstreamOf, LedgerClock clock, LiveSignals signals, TimeProvider time, ILogger<AlertWatch> log) : BackgroundService, IEffects
{
    /// <summary>A Space or node that was told of is not told of again for so long, however often it comes and goes.</summary>
    public static readonly TimeSpan QuietFor = TimeSpan.FromHours(6);

    /// <summary>A Space that is started anew, or was not started yet, fails no longer than this.</summary>
    public static readonly TimeSpan FailsFor = TimeSpan.FromSeconds(30);

    /// <summary>A hub that starts gives nodes this long to be heard of.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(500);
    private const int MostRemembered = 2_000;

    private readonly Channel<IdentityId> charged = Channel.CreateBounded<IdentityId>(new BoundedChannelOptions(MostRemembered) { SingleReader = true });
    private readonly Dictionary<SpaceId, Instant> failing = [];
    private volatile bool missed = true;

    /// <summary>Set when something was raised: whoever sends need not wait for its own look.</summary>
    public Action? Raised { get; set; }

    public void After(StepResult result)
    {
        foreach (var entry in result.Entries)
            if (entry is ReservationEnded { Ending: { } ending } ended && ending.Charged > GpuTime.Zero)
            {
                Remember(ended.Identity);
                foreach (var share in ending.Further ?? [])
                    if (share.Of != ended.Identity) Remember(share.Of);
            }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            Guarded(Look);
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            var due = Task.Delay(LookEvery, time, soon.Token);
            var more = charged.Reader.WaitToReadAsync(soon.Token).AsTask();
            await Task.WhenAny(due, more).ConfigureAwait(false);
            await soon.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(due, more).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Where charges follow each other closely, one look is for all of them.
            await Task.Delay(Gap, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal void Look()
    {
        if (missed)
        {
            missed = false;
            foreach (var identity in reads.UsedPurses(clock.Now - Window.Length, Core.Quota.Purses.Threshold.Percents[0])) LookAt(identity);
        }

        var seen = new HashSet<IdentityId>();
        while (charged.Reader.TryRead(out var identity))
            if (seen.Add(identity)) LookAt(identity);
        LookAtNodes();
        LookAtSpaces();
    }

    private void Remember(IdentityId identity)
    {
        if (!identity.IsAnonymous && !charged.Writer.TryWrite(identity)) missed = true;
    }

    private void LookAt(IdentityId identity)
    {
        foreach (var called in PurseAlerts.Of(QuotaSnapshot.Take(reads, catalogue, identity, clock.Now))) Raise(called.Alert, called.Higher, null);
    }

    private void LookAtNodes()
    {
        foreach (var node in reads.Slots().Where(slot => slot.Lost is not null).DistinctBy(slot => slot.Node))
        {
            var lost = node.Lost!;
            if (lost.HubDownSince is not null && clock.Now - lost.Since < Patience) continue;
            Raise(
                new($"node/{node.Node}/{lost.At.UnixMilliseconds}", clock.Now, AlertKind.NodeLost, $"node/{node.Node}", null, clock.Now + QuietFor, new(Node: node.Node)),
                [], clock.Now - QuietFor);
        }
    }

    private void LookAtSpaces()
    {
        var now = clock.Now;
        var seen = catalogue.Spaces().Select(space => (Space: space, Reach: upstreamOf(space.Id))).Where(each => each.Reach.Stage == SpaceStage.RuntimeError).ToList();
        foreach (var well in failing.Keys.Except(seen.Select(each => each.Space.Id)).ToList()) failing.Remove(well);
        foreach (var (space, reach) in seen)
        {
            if (failing.TryAdd(space.Id, now) || now - failing[space.Id] < FailsFor) continue;
            Raise(
                new($"space/{space.Id}/{now.UnixMilliseconds}", now, AlertKind.SpaceFailing, $"space/{space.Id}", IdentityId.Of(space.Owner), now + QuietFor, new(Space: space.Id.ToString(), Problem: reach.Problem)),
                [], now - QuietFor);
        }
    }

    private void Raise(Alert alert, IReadOnlyCollection<string> higher, Instant? quietSince)
    {
        if (!book.Raise(alert, higher, quietSince)) return;
        signals.Ring(LiveTopics.Pool);
        if (alert.Identity is { } whose) signals.Ring(LiveTopics.Own, [whose]);
        Raised?.Invoke();
    }

    private void Guarded(Action look)
    {
        try
        {
            look();
        }
#pragma warning disable CA1031 // Nobody's lease may suffer from an alert; whatever was not looked at is looked at again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            missed = true;
            log.AlertsUnread(e);
        }
    }
}
