using Stint.Core.Quota;

namespace Stint.Core.Leasing;

/// <summary>
/// What each identity token of one identity has been used for, in the order of their first leases: so that what is too old
/// is found without looking at the rest.
/// </summary>
public sealed class EventUses
{
    private readonly Dictionary<string, EventUse> uses = [];
    private readonly LinkedList<string> inOrder = [];

    public IReadOnlyDictionary<string, EventUse> All => uses;

    public int LeasesOf(string @event) => uses.TryGetValue(@event, out var use) ? use.Leases : 0;

    /// <summary>What its leases that have ended were charged.</summary>
    public GpuTime ChargedOf(string @event) => uses.TryGetValue(@event, out var use) ? use.Charged : GpuTime.Zero;

    public void Add(string @event, EventUse use)
    {
        uses.Add(@event, use);
        inOrder.AddLast(@event);
    }

    public void CountLease(string @event, Instant at)
    {
        if (uses.TryGetValue(@event, out var use)) uses[@event] = use with { Leases = use.Leases + 1 };
        else Add(@event, new EventUse(at, 1, GpuTime.Zero));
    }

    public void CountCharge(string @event, GpuTime charged)
    {
        var use = uses[@event];
        uses[@event] = use with { Charged = use.Charged + charged };
    }

    /// <summary>Forgets what was first used before <paramref name="limit"/>, unless a lease of it is live.</summary>
    public void ForgetBefore(Instant limit, IReadOnlyCollection<Reservation> leased)
    {
        for (var (at, next) = (inOrder.First, inOrder.First?.Next); at is not null && uses[at.Value].FirstAt < limit; (at, next) = (next, next?.Next))
        {
            if (IsLive(at.Value, leased)) continue;
            uses.Remove(at.Value);
            inOrder.Remove(at);
        }
    }

    private static bool IsLive(string @event, IReadOnlyCollection<Reservation> leased) => leased.Any(run => run.Event == @event);
}

/// <summary>What one identity token has been used for: bounds what a stolen or replayed one is worth.</summary>
public readonly record struct EventUse(Instant FirstAt, int Leases, GpuTime Charged);
