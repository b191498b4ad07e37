using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Prove.Faults;
using Stint.Prove.Simulation.Predicting;

namespace Stint.Prove.Simulation;

/// <summary>One step to take: commands with their stamps, the moment the step runs, and what befalls its commit.</summary>
internal sealed record SimStep(IReadOnlyList<(Command Command, long At)> Batch, long Now, Mishap Mishap);

/// <summary>Invents a world and what happens in it from a seed: who asks, what is late, repeated or wrong, and when.</summary>
internal sealed class Scenario
{
    private static readonly SpaceId[] Spaces = [new("ada", "paint"), new("bob", "strict"), new("eve", "narrow")];
    private static readonly Weight[] Weights = [new(1000), new(1000), new(2000), new(1500), new(333)];

    private readonly Random random;
    private readonly Func<Predictor> current;
    private readonly List<RequestLease> asked = [];
    private readonly List<Plan> menu;
    private readonly List<FunctionKey> functions;
    private readonly Slot[] hardware;
    private readonly InstructionSource instructions;

    /// <summary>Where somebody else pays when a visitor's own purses end; null where that is nowhere.</summary>
    private readonly SpaceId? sponsored;

    /// <summary>Large plans, few tokens and no long jumps: more than a hundred leases on one token within a day.</summary>
    private readonly bool isBusy;

    /// <summary>True where n1 is a machine of its own; n0 is always the hub's.</summary>
    private readonly bool isJoined;
    private int commands;

    private const string Joined = "n1";

    public Scenario(int seed, Func<Predictor> current)
    {
        random = new Random(seed);
        isBusy = OneIn(8);
        this.current = current;
        menu = [.. Enumerable.Range(0, 6).Select(i => new Plan(
            $"p{i}", new GpuTime(random.Next(25_000, isBusy ? 50_000_000 : i == 5 ? 2_000_000 : 150_000)), random.Next(1, 5), TimeSpan.FromSeconds(random.Next(8) == 0 ? 30 : 4_000), 1)
        {
            DeviceCap = OneIn(2) ? new GpuTime(random.Next(5_000, 90_000)) : null,
            SharedCap = OneIn(2) ? new GpuTime(random.Next(10_000, 200_000)) : null,
        })];
        functions = [.. Enumerable.Range(0, 6).Select(i => new FunctionKey(
            Spaces[i % 3], OneIn(2) ? "/a" : "/b", OneIn(4) ? SlotSize.XLarge : SlotSize.Large, i == 5 && OneIn(3) ? random.Next(3_000_000) : random.Next(1, 6) * 10_000))];
        isJoined = OneIn(2);
        hardware =
        [
            .. Enumerable.Range(0, random.Next(1, 5)).Select(i =>
                new Slot(new($"n{i % 2}/{i}"), $"n{i % 2}", i, $"GPU-{i}", i == 0 || random.Next(2) == 0 ? SlotSize.XLarge : SlotSize.Large)),
        ];
        instructions = new InstructionSource(random, Spaces, current);
        sponsored = OneIn(2) ? Pick(Spaces) : null;
        var networks = OneIn(3) ? 2 : 1;
        foreach (var identity in Enumerable.Range(0, OneIn(8) ? 12 : random.Next(2, 5)).Select(i => i < networks ? IdentityId.OfNetwork("203.0.113." + i) : IdentityId.Of(new AccountId("a" + i))))
            Plans[identity] = Pick(menu)!;
    }

    /// <summary>The plan each identity is on, as the operator sees it.</summary>
    public Dictionary<IdentityId, Plan> Plans { get; } = [];

    public IReadOnlyList<Slot> Hardware => hardware;

    /// <summary>What is going on, as far as can be known: to aim at what is open and at moments that matter.</summary>
    private Predictor World => current();

    public SimStep Next(long now)
    {
        var at = Later(now);
        var batch = Enumerable.Range(0, OneIn(4) ? random.Next(2, 9) : 1).Select(_ => (Invent(at), Stamp(now, at))).ToList();
        var mishap = random.Next(80) switch
        {
            0 => Mishap.Fails,
            1 => Mishap.FailsAfter,
            2 => Mishap.Conflicts,
            3 => Mishap.CrashesBefore,
            4 => Mishap.CrashesAfter,
            _ => Mishap.None,
        };
        return new(batch, at, mishap);
    }

    public bool OneIn(int n) => random.Next(n) == 0;

    /// <summary>How long the hub is down after a crash.</summary>
    public long Downtime() => random.Next(4) switch { 0 => 0, 1 => random.Next(1_000_000), _ => random.Next(20_000) };

    /// <summary>The hub comes back and finds some workers still there, on all machines or on its own alone.</summary>
    public ResumeLeases Resume(Instant evidence) => new(evidence, Workers().Where(_ => random.Next(3) > 0).ToHashSet())
    {
        Here = isJoined ? "n0" : null,
        Grace = TimeSpan.FromMilliseconds(random.Next(8_000)),
    };

    /// <summary>One step in ten lands on a boundary or a millisecond beside it; a few jump over many of them.</summary>
    private long Later(long now)
    {
        // Credits last up to a year: a world that jumped to the end of each would see little else.
        var horizon = isBusy ? 3_600_000L : OneIn(1_000) ? long.MaxValue - now : 30 * 3_600_000L;
        if (OneIn(10) && Pick([.. World.Boundaries().Where(at => at > now && at < now + horizon)]) is var boundary and > 0)
        {
            var jump = boundary - now > 3_600_000 && OneIn(2) ? boundary - random.Next(60_000) : boundary + random.Next(-1, 2);
            return Math.Max(now, jump);
        }

        return now + random.Next(20) switch
        {
            0 => random.Next(3_600_000),
            < 4 => 0,
            < 12 => random.Next(1_500),
            _ => random.Next(8_000),
        };
    }

    private long Stamp(long now, long at) => random.Next(8) switch
    {
        0 => now - random.Next(2_000),
        1 => now + random.NextInt64(at - now + 1),
        _ => at,
    };

    private Command Invent(long at)
    {
        commands++;
        if (OneIn(9)) return instructions.Next(Plans, new Instant(at));
        // A node that was lost reports after a while; else nothing would ever run there again.
        if (OneIn(6) && World.IsLost(Joined)) return Back(Joined);
        // What was granted is mostly taken up and brought to its end; else every lease would end for want of a worker.
        if (OneIn(2) && World.Open.Any(task => task.Runs && task.AllowedAt is null)) return Allow();
        if (OneIn(5) && World.Open.Any(task => task.Runs && task.AllowedAt is not null)) return Release();
        switch (random.Next(asked.Count == 0 ? 6 : 24))
        {
            case < 10: return Request();
            case < 12: return Allow();
            case < 15: return Release();
            case < 17: return new Cancel(AnyTask().Id, Undelivered: OneIn(4), TicketOnly: OneIn(4));
            case < 20: return Gone();
            case < 22: return ChangePlan();
            case 22: return ChangePlan();
            default:
                return random.Next(7) switch
                {
                    4 when isJoined => new LoseNode(Joined, Epoch(Joined), TimeSpan.FromMilliseconds(random.Next(8_000))),
                    5 => new DrainNode(Node(), OneIn(3)),
                    6 when isJoined => Back(Joined),
                    0 => new ReportUnstoppable(Pick(hardware)!.Id, "not ours"),
                    1 => new JoinSlots("n0", [.. hardware.Where(slot => slot.Node == "n0" && random.Next(4) > 0)]) ,
                    2 => new RecordRefusal(new("x" + commands), OneIn(2) ? null : Plans.Keys.First(), Function(), Weight.One, RefusalCause.TokenExpired),
                    _ => new JoinSlots("n1", [.. hardware.Where(slot => slot.Node == "n1").Select(slot => OneIn(3) ? slot with { DeviceUuid = "GPU-new" + commands } : slot)]) { Epoch = isJoined ? Epoch(Joined) : 0 },
                };
        }
    }

    private string Node() => OneIn(12) ? "nowhere" : Pick(hardware)!.Node;

    /// <summary>Mostly the node's own, now and then one that is over.</summary>
    private long Epoch(string node) => Math.Max(0, World.EpochOf(node) + (OneIn(8) ? -1 : OneIn(8) ? 1 : 0));

    /// <summary>A node reports: of most of its leases what became of them, of some nothing, of some nonsense.</summary>
    private ReturnNode Back(string node)
    {
        var slots = World.Slots.Where(slot => slot.Offered.Node == node).ToList();
        var leases = World.Open.Where(task => task.Runs && slots.Any(slot => slot.Lease == task.Id) && !OneIn(6)).ToList();
        if (OneIn(4) && World.Open.Count > 0) leases.Add(Pick(World.Open)!);
        if (OneIn(2)) leases.AddRange(World.LatelyEnded.Where(_ => OneIn(3)));
        var gone = slots.SelectMany(slot => slot.Forgotten.Append(slot.Leaving).Append(slot.Warm?.Process).OfType<WorkerProcess>().Where(_ => !OneIn(3))
            .Select(worker => new ReportWorkerGone(new(slot.Id), worker))).ToList();
        if (OneIn(5)) gone.Add(Gone());
        var offer = hardware.Where(slot => slot.Node == node && !OneIn(10)).ToList();
        return new(node, Math.Max(0, World.EpochOf(node) + (OneIn(10) ? -1 : random.Next(2))), offer, [.. leases.Select(Report)], gone);
    }

    private LeaseReport Report(PlainTask task)
    {
        var allowed = random.Next(60_000);
        return new(
            task.Asked.Id, task.Worker ?? (OneIn(2) ? Worker() : null), OneIn(3) ? null : TimeSpan.FromMilliseconds(allowed),
            OneIn(3) ? null : Pick(Enum.GetValues<ExitClass>()), TimeSpan.FromMilliseconds(random.Next(OneIn(4) ? 200_000 : allowed + 1)));
    }

    private AllowWorker Allow()
    {
        var task = Pick([.. World.Open.Where(task => task.Runs && task.AllowedAt is null).Select(task => task.Asked)]) is { } granted && !OneIn(8) ? granted : AnyTask();
        return new(task.Id, SpaceOf(task), OneIn(4) && Pick(Workers()) is { } known ? known : Worker());
    }

    private ReleaseLease Release()
    {
        var task = Pick([.. World.Open.Where(task => task.Runs && task.AllowedAt is not null).Select(task => task.Asked)]) is { } allowed && !OneIn(3) ? allowed : AnyTask();
        return new(task.Id, SpaceOf(task), OneIn(6));
    }

    /// <summary>Something that waits or runs, or now and then something that is long over.</summary>
    private RequestLease AnyTask() => (OneIn(6) ? null : Pick([.. World.Open.Select(open => open.Asked)])) ?? Pick(asked)!;

    private RequestLease Request()
    {
        if (asked.Count > 0 && OneIn(8)) return Again(Pick(asked)!);
        var identity = Pick([.. Plans.Keys]);
        var function = OneIn(6) ? Aimed(identity) : Function();
        var request = new RequestLease(
            new($"r{commands:0000}"), new($"f{commands:0000}"), identity, Plans[identity], function, random.Next(3), function.Endpoint.StartsWith("/aimed", StringComparison.Ordinal) ? Weight.One : Pick(Weights), "e" + identity.Value[^1] + (isBusy && OneIn(20) ? commands : random.Next(isBusy ? 1 : 3)),
            TimeSpan.FromMilliseconds(random.Next(6) switch { 0 => 5_000, 1 => 30 * 3_600_000L, 2 => 600_000, _ => 60_000 }))
        {
            Strict = function.Space.Name == "strict",
            Node = OneIn(4) ? Node() : null,
            SpaceConcurrency = function.Space.Name == "narrow" ? 1 : null,
            Device = OneIn(3) ? null : "d" + random.Next(2),
            Sponsors = function.Space == sponsored ? [InstructionSource.Sponsor] : [],
        };
        asked.Add(request);
        return request;
    }

    /// <summary>Sent twice: as it was, with other content, or the next try of a wait that broke.</summary>
    private RequestLease Again(RequestLease before) => random.Next(4) switch
    {
        0 => before with { Function = before.Function with { DeclaredMilliseconds = before.Function.DeclaredMilliseconds + 1 } },
        1 => before,
        _ => Renewed(before),
    };

    private RequestLease Renewed(RequestLease before)
    {
        var request = before with { Id = new($"r{commands:0000}"), RefusalId = new($"f{commands:0000}"), Plan = Plans[before.Identity] };
        asked.Add(request);
        return request;
    }

    /// <summary>A function nobody ever ran that declares what is left, or a millisecond more or less.</summary>
    private FunctionKey Aimed(IdentityId identity) =>
        new(Spaces[0], "/aimed" + commands, SlotSize.Large, Math.Max(0, AllOf(identity) + random.Next(-1, 2)));

    /// <summary>What is left of the allowance, or with everything that pays beyond it.</summary>
    private long AllOf(IdentityId identity) =>
        World.Read(identity.Value, Plans[identity]) is var reading && OneIn(2) ? reading.Left : reading.Left + reading.Further.Sum(share => share.Amount);

    /// <summary>One of the few that learn, or now and then one nobody ever ran.</summary>
    private FunctionKey Function()
    {
        var function = Pick(functions)!;
        return random.Next(16) switch
        {
            0 => function with { DeclaredMilliseconds = 0 },
            1 => function with { DeclaredMilliseconds = random.Next(1, 3_000) },
            _ => function,
        };
    }

    private ObservePlan ChangePlan()
    {
        var waits = OneIn(2) ? Pick([.. World.Open.Where(task => task.Waits)]) : null;
        var identity = waits?.Asked.Identity ?? Pick([.. Plans.Keys]);
        // Someone who waits is put on the smallest plan: the next window may be too small for what was admitted.
        Plans[identity] = waits is null ? Pick(menu)! : menu.MinBy(plan => plan.Allowance)!;
        return new(identity, Plans[identity]);
    }

    private ReportWorkerGone Gone()
    {
        if (OneIn(4) && Pick([.. World.Open.Where(task => task.Worker is not null)]) is { } run) return new(new(run.Slot!), run.Worker!);
        var slot = Pick([.. World.Slots.Where(slot => slot.Leaving is not null || slot.Warm is not null)]) ?? Pick(World.Slots);
        var worker = slot?.Leaving ?? slot?.Warm?.Process;
        return new(slot is null ? hardware[0].Id : new(slot.Id), worker is null || OneIn(6) ? Pick(Workers()) ?? Worker() : worker);
    }

    private SpaceId SpaceOf(RequestLease task) => OneIn(20) ? Pick(Spaces) : task.Function.Space;

    private List<WorkerProcess> Workers() =>
    [
        .. World.Open.Where(task => task.Worker is not null).Select(task => task.Worker!),
        .. World.Slots.Where(slot => slot.Leaving is not null).Select(slot => slot.Leaving!),
        .. World.Slots.Where(slot => slot.Warm is not null).Select(slot => slot.Warm!.Value.Process),
        .. World.Slots.SelectMany(slot => slot.Forgotten),
    ];

    private WorkerProcess Worker() => new(1000 + commands, commands, !OneIn(5));

    private T? Pick<T>(IReadOnlyList<T> from) => from.Count == 0 ? default : from[random.Next(from.Count)];
}
