using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Prove.Simulation.Predicting;

/// <summary>One reservation as the predictor knows it: bare numbers, milliseconds everywhere. Ended ones stay.</summary>
internal sealed class PlainTask
{
    public required RequestLease Asked { get; init; }
    public required string Id { get; init; }
    public required string Who { get; init; }

    /// <summary>What it is sure of: more where it took more of other purses than its allowance on the way.</summary>
    public required long Floor { get; set; }
    public required long Ceiling { get; init; }
    public required long Expected { get; init; }
    public required long ReservedAt { get; init; }
    public required long ArrivedAt { get; init; }
    public required long WaitUntil { get; init; }

    /// <summary>Queued, Leased, Settled, Voided or Expired.</summary>
    public string Phase { get; set; } = "Queued";
    public string? Slot { get; set; }
    public long GrantedAt { get; set; }
    public long WindowOpenedAt { get; set; }
    public bool Idle { get; set; }
    public WorkerProcess? Worker { get; set; }
    public long? AllowedAt { get; set; }
    public long Forgiven { get; set; }

    /// <summary>How long it may go on past its funds, uncharged.</summary>
    public long Courtesy { get; set; }

    /// <summary>What it holds of other purses, in the order in which they pay.</summary>
    public List<PlainShare> Shares { get; set; } = [];

    /// <summary>What it holds under limits that pay nothing.</summary>
    public List<PlainHold> Caps { get; set; } = [];

    /// <summary>How its lease ended, and when; null where there was none, or while it goes on.</summary>
    public ExitClass? Exit { get; set; }

    public long EndedAt { get; set; }
    public long Charged { get; set; }

    /// <summary>What of the charge other purses paid.</summary>
    public List<PlainShare> Paid { get; set; } = [];

    public long FromShares => Shares.Count == 0 ? 0 : Shares.Sum(share => share.Amount);

    /// <summary>The part of the floor that its own allowance holds.</summary>
    public long Own => Floor - FromShares;

    public bool Waits => Phase == "Queued";
    public bool Runs => Phase == "Leased";
    public SpaceId Space => Asked.Function.Space;
    public SlotSize Size => Asked.Function.Size;
    public long Weight => Asked.Weight.Thousandths;
    public long MeterFrom => GrantedAt + Forgiven;

    /// <summary>What has run off its meter, rounded down, never more than it declared.</summary>
    public long UsedAt(long now) => Math.Min(Ceiling, Math.Max(0, now - MeterFrom) * Weight / 1000);

    /// <summary>What its allowance holds for it, as long as there is some.</summary>
    public long OwnHeldAt(long now) => Runs ? Math.Max(Own, UsedAt(now)) : Own;

    /// <summary>The last millisecond of a run that may use so much.</summary>
    public long EndOf(long gpuTime) => MeterFrom + (gpuTime * 1000 / Weight);

    public PlainTask Copy()
    {
        var copy = (PlainTask)MemberwiseClone();
        (copy.Shares, copy.Caps) = ([.. Shares], [.. Caps]);
        return copy;
    }
}

internal sealed class PlainSlot(Slot offered)
{
    public Slot Offered { get; set; } = offered;
    public string Id => Offered.Id.Value;
    public string Phase { get; set; } = "Free";
    public string? Lease { get; set; }
    public (SpaceId Space, long TaskId, WorkerProcess Process)? Warm { get; set; }
    public WorkerProcess? Leaving { get; set; }

    /// <summary>Proven workers that still have to be killed, in the order in which they were forgotten.</summary>
    public List<WorkerProcess> Forgotten { get; private set; } = [];

    public bool Withdrawn { get; set; }
    public bool Drained { get; set; }
    public long Epoch { get; set; }

    /// <summary>Null while its node is heard of; else for how long after its end a lease waits for the node's report.</summary>
    public long? LostGrace { get; set; }

    /// <summary>No end that nobody reported lies before this.</summary>
    public long LostSince { get; set; }

    /// <summary>From when to when the hub was away while the node was lost; both 0 where it was not.</summary>
    public (long From, long To) HubAway { get; set; }

    public long HubAwayBetween(long from, long to) => Math.Max(0, Math.Min(to, HubAway.To) - Math.Max(from, HubAway.From));

    public bool IsOpen => Phase == "Free" && !Withdrawn && !Drained && LostGrace is null;

    public bool Fits(SlotSize size) => size == SlotSize.Large || Offered.Largest == SlotSize.XLarge;

    public bool IsOn(string? node) => node is null || Offered.Node == node;

    public void Forget(WorkerProcess? worker)
    {
        if (worker is { Proven: true } && !Forgotten.Contains(worker)) Forgotten.Add(worker);
    }

    public PlainSlot Copy()
    {
        var copy = (PlainSlot)MemberwiseClone();
        copy.Forgotten = [.. Forgotten];
        return copy;
    }
}

internal sealed class PlainWindow
{
    public const long Length = 24 * 3_600_000;

    public required long OpenedAt { get; init; }
    public required long Allowance { get; set; }
    public long Spent { get; set; }

    /// <summary>What its runs were charged to credits of the identity's own.</summary>
    public long Beyond { get; set; }

    /// <summary>What runs since the last grant took beyond twice their estimates.</summary>
    public long Overstay { get; set; }

    /// <summary>Leases granted in it that were not void.</summary>
    public int Grants { get; set; }

    /// <summary>Runs that were let go on past their funds.</summary>
    public int Courtesies { get; set; }

    /// <summary>Requests refused in it for want of GPU time.</summary>
    public int Refusals { get; set; }

    public long ResetsAt => OpenedAt + Length;

    public PlainWindow Copy() => (PlainWindow)MemberwiseClone();
}

internal sealed class PlainIdentity(string id)
{
    public string Id { get; } = id;
    public Plan? Plan { get; set; }

    /// <summary>Every window that ever opened and was not closed again; the last one is current until it ends.</summary>
    public List<PlainWindow> Windows { get; private set; } = [];

    /// <summary>For each token: when it was first used for a lease, how many leases since, and what those that ended were charged.</summary>
    public Dictionary<string, (long FirstAt, int Leases, long Charged)> Tokens { get; private set; } = [];

    public long LastServedAt { get; set; }

    /// <summary>In the order in which they pay.</summary>
    public List<PlainCredit> Credits { get; private set; } = [];

    /// <summary>The most that credits of its own pay in a window.</summary>
    public long Ceiling { get; set; }

    /// <summary>The most it may use at one Space.</summary>
    public Dictionary<SpaceId, long> CeilingOf { get; private set; } = [];

    /// <summary>The last window was closed as if it had never been, and none opened since.</summary>
    public bool IsClosed { get; set; }

    public PlainWindow? Last => IsClosed ? null : Windows.LastOrDefault();

    /// <summary>The window in which a run counts.</summary>
    public PlainWindow WindowOf(PlainTask run) => Windows.FindLast(window => window.OpenedAt == run.WindowOpenedAt)!;

    public PlainWindow? OpenAt(long now) => Last is { } window && now < window.ResetsAt ? window : null;

    public PlainIdentity Copy()
    {
        var copy = (PlainIdentity)MemberwiseClone();
        copy.Windows = [.. Windows.Select(window => window.Copy())];
        copy.Tokens = new(Tokens);
        copy.Credits = [.. Credits.Select(credit => credit.Copy())];
        copy.CeilingOf = new(CeilingOf);
        return copy;
    }
}

/// <summary>What a quota reading shows, predicted.</summary>
internal sealed record PlainReading(long Allowance, long Spent, long Reserved, long Left, long? ResetsAt)
{
    /// <summary>What can pay beyond the allowance, in the order in which it does.</summary>
    public IReadOnlyList<PlainShare> Further { get; init; } = [];
}
