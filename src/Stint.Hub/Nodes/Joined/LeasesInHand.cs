using System.Security.Cryptography;
using System.Text;
using Stint.Core.Leasing;
using Stint.Core.Quota;

namespace Stint.Hub.Nodes.Joined;

/// <summary>
/// The leases of this machine as the node itself knows them, by its own monotonic clock: enough to finish and to end them
/// while the hub is out of reach, and to report afterwards what became of each.
/// </summary>
internal sealed class LeasesInHand(TimeProvider time)
{
    /// <summary>As many as a report may hold; more leases than that no machine has.</summary>
    private const int Most = NodeWire.MostLeases;

    private readonly Lock gate = new();
    private readonly Dictionary<ReservationId, HeldLease> leases = [];
    private readonly HashSet<GoneWire> gone = [];
    private readonly long origin = time.GetTimestamp();

    /// <summary>This machine's own time: only spans of it mean anything.</summary>
    public Instant Now => new((long)time.GetElapsedTime(origin).TotalMilliseconds);

    /// <summary>A Space of this machine was granted a lease; its answer passed through here.</summary>
    /// <param name="declared">What the task declared: it never runs longer, whatever the hub says later.</param>
    public void Granted(ReservationId id, string allowToken, TimeSpan declared)
    {
        lock (gate)
        {
            if (leases.Count >= Most && !leases.ContainsKey(id)) return;
            var known = leases.GetValueOrDefault(id) ?? new HeldLease(id, null, null, Now, null, null, null, null, Now + declared);
            leases[id] = known with { TokenHash = Hash(allowToken) };
        }
    }

    /// <summary>What the hub says now. A lease it no longer knows of is settled: there is nothing left to report.</summary>
    public void Take(IReadOnlyList<SlotOrder> orders)
    {
        lock (gate)
            foreach (var order in orders)
            {
                foreach (var other in leases.Values.Where(lease => lease.Slot == order.Slot && lease.Id != order.Lease?.Id).ToList()) leases.Remove(other.Id);
                if (order.Lease is not { } ordered) continue;
                var known = leases.GetValueOrDefault(ordered.Id) ?? new HeldLease(ordered.Id, null, null, Now, null, null, null, null, ordered.EndsAt);
                leases[ordered.Id] = known with
                {
                    Slot = order.Slot,
                    Worker = known.Worker ?? ordered.Worker,
                    AllowedAt = known.AllowedAt ?? (ordered.IsAllowed ? Now : null),
                    EndsAt = ordered.EndsAt,
                };
            }
    }

    /// <summary>The lease this token was handed out for, where it goes on; null for any other text.</summary>
    public HeldLease? Find(string? allowToken)
    {
        if (allowToken is not { Length: > 2 and <= 256 } || allowToken.LastIndexOf('.') is not (> 0 and var dot)) return null;
        lock (gate)
        {
            var lease = leases.GetValueOrDefault(new ReservationId(allowToken[..dot]));
            return lease is { Exit: null, TokenHash: { } hash } && CryptographicOperations.FixedTimeEquals(hash, Hash(allowToken)) ? lease : null;
        }
    }

    public SlotId? SlotOf(ReservationId id)
    {
        lock (gate) return leases.GetValueOrDefault(id)?.Slot;
    }

    /// <summary>Its worker was named at the node alone.</summary>
    public void Allowed(ReservationId id, WorkerProcess worker) => Change(id, lease => lease with { Worker = worker, AllowedAt = Now });

    /// <summary>How it ended, where it had not.</summary>
    public void Ended(ReservationId id, ExitClass exit, Instant? at = null) => Change(id, lease => lease with { Exit = exit, EndedAt = at ?? Now });

    /// <summary>A worker ended while nobody could be told.</summary>
    public void Gone(SlotId slot, WorkerProcess worker)
    {
        lock (gate)
        {
            gone.Add(new(slot, worker));
            foreach (var lease in leases.Values.Where(lease => lease.Slot == slot && lease.Worker == worker && lease.Exit is null).ToList())
                leases[lease.Id] = lease with { Exit = ExitClass.WorkerDied, EndedAt = Now };
        }
    }

    /// <summary>Leases whose time is over and that nobody has ended.</summary>
    public IReadOnlyList<HeldLease> Overdue()
    {
        lock (gate) return [.. leases.Values.Where(lease => lease.Exit is null && lease.DueAt < Now)];
    }

    /// <summary>Everything the hub has to know to settle what it granted here.</summary>
    public (IReadOnlyList<LeaseReport> Leases, IReadOnlyList<GoneWire> Gone) Report()
    {
        lock (gate)
            return ([.. leases.Values.Select(lease => new LeaseReport(
                lease.Id, lease.Worker, lease.AllowedAt is { } at ? Now - at : null, lease.Exit, lease.EndedAt is { } end ? Now - end : TimeSpan.Zero))], [.. gone]);
    }

    /// <summary>The hub has the report: what ended is settled.</summary>
    public void Reported(IReadOnlyList<LeaseReport> told, IReadOnlyList<GoneWire> toldGone)
    {
        lock (gate)
        {
            foreach (var report in told.Where(report => report.Exit is not null)) leases.Remove(report.Id);
            gone.ExceptWith(toldGone);
        }
    }

    private void Change(ReservationId id, Func<HeldLease, HeldLease> change)
    {
        lock (gate)
            if (leases.TryGetValue(id, out var lease) && lease.Exit is null) leases[id] = change(lease);
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

/// <summary>A lease as its node holds it.</summary>
/// <param name="Slot">Null until the hub has said where it is.</param>
internal sealed record HeldLease(
    ReservationId Id, SlotId? Slot, WorkerProcess? Worker, Instant GrantedAt, Instant? AllowedAt, ExitClass? Exit, Instant? EndedAt, byte[]? TokenHash, Instant EndsAt)
{
    public Instant DueAt => AllowedAt is null ? Instant.Min(EndsAt, GrantedAt + Lease.AllowWithin) : EndsAt;
}
