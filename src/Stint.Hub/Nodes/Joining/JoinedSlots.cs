using Stint.Core.Leasing;

namespace Stint.Hub.Nodes.Joining;

/// <summary>
/// A machine that has joined, as the hub sees it: the orders its slots stand under, until it has fetched them, and when it
/// was last heard of. From any thread.
/// </summary>
internal sealed class JoinedSlots(string name, TimeProvider time) : INode
{
    private readonly Lock gate = new();
    private readonly Dictionary<SlotId, (long Version, SlotOrder Order)> orders = [];
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long version = 1;
    private long heardAt;

    public string Name => name;

    /// <summary>Grows with each time the node reaches the hub; what is said in the name of an earlier one is void.</summary>
    public long Epoch { get; private set; }

    /// <summary>True from its report until it is lost: only then is it heard.</summary>
    public bool IsPresent { get; private set; }

    /// <summary>What it offered at its last hello.</summary>
    public IReadOnlyList<Slot> Offer { get; private set; } = [];

    public IReadOnlyList<SlotId> Leased
    {
        get
        {
            lock (gate) return [.. orders.Values.Where(order => order.Order.Lease is not null).Select(order => order.Order.Slot)];
        }
    }

    public TimeSpan SilentFor
    {
        get
        {
            lock (gate) return time.GetElapsedTime(heardAt);
        }
    }

    public void Take(IReadOnlyList<SlotOrder> taken)
    {
        lock (gate)
        {
            version++;
            foreach (var order in taken)
                if (orders.GetValueOrDefault(order.Slot).Order is not { } before || before with { Forgotten = order.Forgotten } != order || !before.Forgotten.SequenceEqual(order.Forgotten))
                    orders[order.Slot] = (version, order);
            changed.TrySetResult();
            changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>It is there, and nothing it said before counts any more.</summary>
    public void Begin(long epoch, IReadOnlyList<Slot> offer)
    {
        lock (gate) (Epoch, Offer, IsPresent, heardAt) = (epoch, offer, false, time.GetTimestamp());
    }

    /// <summary>False where it has reached the hub anew since.</summary>
    public bool Return(long epoch)
    {
        lock (gate)
        {
            if (epoch != Epoch) return false;
            (IsPresent, heardAt) = (true, time.GetTimestamp());
            return true;
        }
    }

    /// <summary>True where whoever says this epoch is heard.</summary>
    public bool Hear(long epoch)
    {
        lock (gate)
        {
            if (!IsPresent || epoch != Epoch) return false;
            heardAt = time.GetTimestamp();
            return true;
        }
    }

    /// <summary>From here on it has to say hello again.</summary>
    public void BeLost()
    {
        lock (gate) IsPresent = false;
    }

    public (long Seen, IReadOnlyList<SlotOrder> Orders) Since(long seen)
    {
        lock (gate) return (version, [.. orders.Values.Where(order => order.Version > seen).Select(order => order.Order)]);
    }

    /// <summary>Returns as soon as there is something new, and at the latest after the span.</summary>
    public async Task WaitAsync(long seen, TimeSpan span, CancellationToken stop)
    {
        Task next;
        lock (gate)
        {
            if (orders.Values.Any(order => order.Version > seen)) return;
            next = changed.Task;
        }

        await next.WaitAsync(span, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
