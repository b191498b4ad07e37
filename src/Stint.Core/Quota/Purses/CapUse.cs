namespace Stint.Core.Quota.Purses;

/// <summary>
/// What was used under one cap, window by window. What waits counts against whatever window is current; a lease counts in the
/// window in which it began. A fold of the entries of the reservations under it, like a ledger.
/// </summary>
public sealed class CapUse
{
    private readonly List<CapWindow> windows = [];

    /// <summary>Held by reservations that wait.</summary>
    public GpuTime Waiting { get; private set; }

    public CapReading Read(Cap cap, Instant now)
    {
        var window = OpenAt(now);
        var used = (window is null ? GpuTime.Zero : window.Spent + window.Held) + Waiting;
        return new(cap, used, GpuTime.Less(cap.Limit, used), window?.ResetsAt);
    }

    /// <summary>What a lease may still take under its cap, in the window in which it counts.</summary>
    public GpuTime LeftIn(CapHold hold, Instant now)
    {
        var window = windows.Find(open => open.OpenedAt == hold.WindowOpenedAt)!;
        return GpuTime.Less(hold.Cap.Limit, window.Spent + window.Held + (window == OpenAt(now) ? Waiting : GpuTime.Zero));
    }

    public void Wait(GpuTime held) => Waiting += held;

    public void Leave(GpuTime held) => Waiting -= held;

    /// <summary>A lease was granted to what waited. Opens the window if none is open.</summary>
    /// <returns>When the window it counts in opened.</returns>
    public Instant Begin(GpuTime held, Instant at)
    {
        Waiting -= held;
        if (OpenAt(at) is null)
        {
            windows.RemoveAll(window => window.Runs == 0);
            windows.Add(new CapWindow(at, GpuTime.Zero, GpuTime.Zero, 0, 0));
        }

        var current = windows[^1];
        windows[^1] = current with { Held = current.Held + held, Runs = current.Runs + 1, Grants = current.Grants + 1 };
        return current.OpenedAt;
    }

    public void Take(Instant window, GpuTime more) => Change(window, open => open with { Held = open.Held + more });

    /// <param name="isVoid">True where the lease counts for nothing: a window that only void leases opened closes again.</param>
    public void End(Instant window, GpuTime held, GpuTime charged, bool isVoid)
    {
        Change(window, open => open with
        {
            Held = open.Held - held, Spent = open.Spent + charged, Runs = open.Runs - 1, Grants = isVoid ? open.Grants - 1 : open.Grants,
        });
        var last = windows[^1].OpenedAt;
        windows.RemoveAll(open => open.OpenedAt == window && (open.Grants == 0 || (open.Runs == 0 && window != last)));
    }

    /// <summary>Nothing where that window is forgotten.</summary>
    public void Refund(Instant window, GpuTime amount)
    {
        if (windows.Exists(open => open.OpenedAt == window)) Change(window, open => open with { Spent = GpuTime.Less(open.Spent, amount) });
    }

    public static CapUse Restore(CapState? state)
    {
        var use = new CapUse { Waiting = state?.Waiting ?? GpuTime.Zero };
        use.windows.AddRange(state?.Windows ?? []);
        return use;
    }

    /// <summary>Null where nothing was ever used under it.</summary>
    public CapState? Save() => windows.Count == 0 && Waiting == GpuTime.Zero ? null : new(Waiting, [.. windows]);

    private CapWindow? OpenAt(Instant now) => windows.Count > 0 && now < windows[^1].ResetsAt ? windows[^1] : null;

    private void Change(Instant openedAt, Func<CapWindow, CapWindow> change)
    {
        var at = windows.FindIndex(window => window.OpenedAt == openedAt);
        Invariant.Holds(at >= 0, $"the window of a lease under a cap stays, {openedAt} is gone");
        windows[at] = change(windows[at]);
    }
}

/// <param name="Runs">Leases of it that are still live.</param>
/// <param name="Grants">Leases granted in it that did not end void.</param>
public sealed record CapWindow(Instant OpenedAt, GpuTime Spent, GpuTime Held, int Runs, int Grants)
{
    public Instant ResetsAt => OpenedAt + Window.Length;
}

/// <summary>Use under a cap as a store keeps it; the last window is the latest.</summary>
public sealed record CapState(GpuTime Waiting, IReadOnlyList<CapWindow> Windows);
