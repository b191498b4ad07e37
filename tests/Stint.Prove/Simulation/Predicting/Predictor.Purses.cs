using Stint.Core.Leasing;
using Stint.Core.Quota.Purses;

namespace Stint.Prove.Simulation.Predicting;

internal sealed partial class Predictor
{
    private const long Slice = 10_000;

    private Dictionary<string, List<PlainCapWindow>> capWindows = [];

    /// <summary>Everyone who was ever granted a credit, with all of them in the order in which they pay.</summary>
    public IEnumerable<(string Who, IReadOnlyList<PlainCredit> Credits)> Credits =>
        identities.Values.Where(identity => identity.Credits.Count > 0).Select(identity => (identity.Id, (IReadOnlyList<PlainCredit>)identity.Credits));

    /// <summary>What waiting and running tasks hold of a credit, whoever's they are.</summary>
    public long HeldOf(string who, PlainCredit credit)
    {
        var held = 0L;
        foreach (var task in open)
            if (task.Shares.Count > 0)
                foreach (var share in task.Shares)
                    if (share.Credit == credit.Id && share.Of == who) held += share.Amount;
        return held;
    }

    private long LeftOf(string who, PlainCredit credit, long now) => credit.IsUsableAt(now) ? credit.Amount - credit.Spent - HeldOf(who, credit) : 0;

    /// <summary>What an identity's own credits pay: boosts without asking, the others up to the ceiling of the window.</summary>
    private List<PlainShare> Further(PlainIdentity identity, PlainWindow? window, long now)
    {
        var usable = identity.Credits.FindAll(credit => credit.IsUsableAt(now));
        if (usable.Count == 0) return [];
        var beyond = Math.Max(0, identity.Ceiling - BeyondIn(identity, window));
        var further = new List<PlainShare>();
        foreach (var credit in usable)
        {
            var left = LeftOf(identity.Id, credit, now);
            if (credit.Kind == CreditKind.Credit) left = Math.Min(left, beyond - further.Where(share => share.Kind == CreditKind.Credit).Sum(share => share.Amount));
            if (left > 0) further.Add(new(identity.Id, credit.Id, credit.Kind, left));
        }

        return further;
    }

    /// <summary>Credits of one's own that were paid in a window, and those held by what runs in it or waits.</summary>
    private long BeyondIn(PlainIdentity identity, PlainWindow? window) => (window?.Beyond ?? 0)
        + open.Where(task => task.Who == identity.Id && (task.Waits || task.WindowOpenedAt == window?.OpenedAt))
            .SelectMany(task => task.Shares).Where(share => share.Kind == CreditKind.Credit && share.Of == identity.Id).Sum(share => share.Amount);

    /// <summary>What others pay: all they have, of either kind.</summary>
    private List<PlainShare> Sponsored(RequestLease request, long now) =>
    [
        .. request.Sponsors.SelectMany(sponsor => Identity(sponsor.Value).Credits.Select(credit => new PlainShare(sponsor.Value, credit.Id, credit.Kind, LeftOf(sponsor.Value, credit, now))))
            .Where(share => share.Amount > 0),
    ];

    /// <summary>The first of what is there, as far as so much takes.</summary>
    private static List<PlainShare> Take(IEnumerable<PlainShare> purses, long amount)
    {
        var taken = new List<PlainShare>();
        foreach (var purse in purses)
        {
            var part = Math.Min(amount, purse.Amount);
            if (part > 0) taken.Add(purse with { Amount = part });
            amount -= part;
        }

        return amount == 0 ? taken : throw new InvalidOperationException($"{amount} are missing");
    }

    /// <summary>The limits that a request has to fit as well: one's own for that Space, then those of anonymous visitors.</summary>
    private IEnumerable<PlainHold> CapsOn(RequestLease request)
    {
        var (who, space) = (request.Identity.Value, request.Function.Space);
        if (Identity(who).CeilingOf.TryGetValue(space, out var ceiling)) yield return new(CapKind.Space, $"cap:space:{space}:{who}", ceiling, 0);
        if (!who.StartsWith("anonymous:", StringComparison.Ordinal)) yield break;
        if (request.Plan.DeviceCap is { } device && device.Milliseconds < request.Plan.Allowance.Milliseconds)
            yield return new(CapKind.Device, $"cap:device:{who["anonymous:".Length..]}:{request.Device}", device.Milliseconds, 0);
        if (request.Plan.SharedCap is { } shared) yield return new(CapKind.Anonymous, "cap:anonymous", shared.Milliseconds, 0);
    }

    private PlainCapWindow? OpenCapWindow(string ledger, long now) => capWindows.GetValueOrDefault(ledger)?.LastOrDefault() is { } last && now < last.ResetsAt ? last : null;

    private long WaitingUnder(string ledger) => HeldUnder(ledger, waits: true, null);

    private long HeldIn(string ledger, PlainCapWindow window) => HeldUnder(ledger, waits: false, window.OpenedAt);

    private long HeldUnder(string ledger, bool waits, long? window)
    {
        var held = 0L;
        foreach (var task in open)
            if (task.Caps.Count > 0 && task.Waits == waits)
                foreach (var hold in task.Caps)
                    if (hold.WindowOpenedAt == window && hold.Ledger == ledger) held += hold.Held;
        return held;
    }

    /// <summary>What every cap says that anything was ever held under; a limit makes no difference to that.</summary>
    public IEnumerable<PlainCapReading> Caps => capWindows.Keys.Select(ledger => Read(new(CapKind.Space, ledger, 0, 0)));

    private PlainCapReading Read(PlainHold cap)
    {
        var window = OpenCapWindow(cap.Ledger, Now);
        var used = WaitingUnder(cap.Ledger) + (window is null ? 0 : window.Spent + HeldIn(cap.Ledger, window));
        return new(cap, used, Math.Max(0, cap.Limit - used), window?.ResetsAt);
    }

    /// <summary>What a run may still take under a cap, in the window in which it counts; what waits counts in the one that is open.</summary>
    private long LeftUnder(PlainHold hold, long at)
    {
        var window = capWindows[hold.Ledger].FindLast(window => window.OpenedAt == hold.WindowOpenedAt)!;
        return Math.Max(0, hold.Limit - window.Spent - HeldIn(hold.Ledger, window) - (window == OpenCapWindow(hold.Ledger, at) ? WaitingUnder(hold.Ledger) : 0));
    }

    /// <summary>A lease begins: under each of its caps it counts in the open window, or opens one.</summary>
    private PlainHold Begin(PlainHold hold)
    {
        if (OpenCapWindow(hold.Ledger, Now) is not { } window) capWindows[hold.Ledger].Add(window = new PlainCapWindow { OpenedAt = Now });
        window.Grants++;
        return hold with { WindowOpenedAt = window.OpenedAt };
    }

    private void EndUnder(PlainHold hold, long charged, bool isVoid)
    {
        var windows = capWindows[hold.Ledger];
        var window = windows.FindLast(window => window.OpenedAt == hold.WindowOpenedAt)!;
        window.Spent += charged;
        if (isVoid) window.Grants--;
        if (window.Grants == 0) windows.Remove(window);
    }

    /// <summary>A run that used up what it holds takes ten seconds more of the first purse that has any, or under every cap that holds it back.</summary>
    private bool GoesOn(PlainTask task, string stop, long due)
    {
        if (stop == "cap")
        {
            var least = task.Caps.Min(hold => hold.Held);
            var tight = task.Caps.Where(hold => hold.Held == least).ToList();
            var more = tight.Select(hold => LeftUnder(hold, due)).Append(Slice).Append(Math.Max(0, task.Ceiling - least)).Min();
            if (more == 0) return false;
            task.Caps = [.. task.Caps.Select(hold => hold.Held == least ? hold with { Held = least + more } : hold)];
            SayAt(due, $"more {task.Id} [] [{string.Join(", ", tight.Select(hold => hold with { Held = more }))}]");
            return true;
        }

        var identity = Identity(task.Who);
        var window = identity.WindowOf(task);
        var wanted = Math.Min(Slice, task.Ceiling - FromAllowance(task) - task.FromShares);
        if (wanted <= 0 || Further(identity, window, due).Concat(Sponsored(task.Asked, due)).FirstOrDefault() is not { } purse) return false;
        var share = purse with { Amount = Math.Min(wanted, purse.Amount) };
        var held = task.Shares.FindIndex(own => own.Of == share.Of && own.Credit == share.Credit);
        if (held < 0) task.Shares.Add(share);
        else task.Shares[held] = share with { Amount = task.Shares[held].Amount + share.Amount };
        task.Floor += share.Amount;
        SayAt(due, $"more {task.Id} [{share}] []");
        return true;
    }

    /// <summary>The word for the cap that stops a run: the first of those that hold it back and have no room.</summary>
    private string CapThatStops(PlainTask task, long due)
    {
        var least = task.Caps.Min(hold => hold.Held);
        var kind = task.Caps.First(hold => hold.Held == least && LeftUnder(hold, due) == 0).Kind;
        return kind == CapKind.Device ? "device-cap" : kind == CapKind.Anonymous ? "anonymous-cap" : "space-ceiling";
    }
}
