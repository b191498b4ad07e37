using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Replay;

/// <summary>What decides whether a run is admitted.</summary>
public enum QuotaMode
{
    /// <summary>Every run holds 60 s, whatever it takes.</summary>
    Blanket,
    /// <summary>A run is admitted if 60 s fit what is settled; nothing is held.</summary>
    Check,
    /// <summary>Every run holds exactly what it will take.</summary>
    Oracle,
    /// <summary>The hub's own estimate.</summary>
    Stint,
}

/// <summary>What one quota replay came to. Percentages are of all requests, but <see cref="WouldHaveFittedPercent"/> is of the refusals.</summary>
/// <param name="Quota">Seconds of GPU time everybody had in a window.</param>
/// <param name="WouldHaveFittedPercent">Refusals whose run would have fitted what was left at that moment.</param>
/// <param name="StoppedPercent">Runs that were stopped for lack of funds.</param>
/// <param name="ServedGpuHours">GPU time that was charged.</param>
/// <param name="OverAdmissions">Runs whose charge took a window past its allowance, added up apart from the ledger.</param>
public sealed record QuotaFigures(
    int Quota, QuotaMode Mode, double RefusedPercent, double WouldHaveFittedPercent, double StoppedPercent, double ServedGpuHours, int OverAdmissions);

/// <summary>Replays a trace through the hub's quota rules in virtual time, with a slot for everybody.</summary>
public static class QuotaReplay
{
    private static readonly GpuTime Flat = GpuTime.FromSeconds(60);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <param name="asking">Instead of the hub's own rule, in mode <see cref="QuotaMode.Stint"/>.</param>
    public static QuotaFigures Run(Trace trace, int quota, QuotaMode mode, AskRule? asking = null)
    {
        var workload = Workload.Of(trace);
        var allowance = GpuTime.FromSeconds(quota);
        var granted = mode == QuotaMode.Check ? GpuTime.FromSeconds((long)TimeSpan.FromDays(36_500).TotalSeconds) : allowance;
        var hub = new VirtualHub(workload, new Plan("replay", granted, 1, Longest, 0), workload.Overlap(), RuleOf(mode, workload, asking))
        {
            Before = mode == QuotaMode.Check ? (ledger, now) => LeftBySettledUse(ledger, now, allowance) : null,
        };
        hub.Run();
        return Count(workload, quota, mode);
    }

    /// <summary>
    /// The hub's own rule with a floor at another level. The trace's declared durations are made from the runs, so where nothing is
    /// known yet the guess is what a function that declares nothing gets.
    /// </summary>
    public static AskRule AtLevel(double level) =>
        (ledger, history, command, now) => Ask.Of(ledger, history, command, now, level, FunctionKey.DeclaredByDefault);

    private static AskRule RuleOf(QuotaMode mode, Workload workload, AskRule? ours) => mode switch
    {
        QuotaMode.Blanket => (_, _, command, _) => new Ask(Flat, Flat, Flat, command.Weight.Hold(command.Declared)),
        QuotaMode.Check => (_, _, command, _) => new Ask(GpuTime.Zero, GpuTime.Zero, Flat, command.Weight.Hold(command.Declared)),
        QuotaMode.Oracle => (_, _, command, _) => True(workload, command),
        QuotaMode.Stint => ours ?? AtLevel(Ask.FloorLevel),
    };

    private static Ask True(Workload workload, RequestLease command)
    {
        var run = command.Weight.Hold(workload.Find(command.Id).Request.Run);
        return new(run, run, run, command.Weight.Hold(command.Declared));
    }

    private static GpuTime? LeftBySettledUse(Ledger ledger, Instant now, GpuTime allowance)
    {
        var spent = ledger.OpenWindow(now)?.Spent ?? GpuTime.Zero;
        return spent + Flat > allowance ? GpuTime.Less(allowance, spent) : null;
    }

    private static QuotaFigures Count(Workload workload, int quota, QuotaMode mode)
    {
        var refused = workload.Courses.Where(course => course.LeftAtRefusal is not null).ToList();
        var fitted = refused.Count(course => course.Request.Run.TotalMilliseconds <= course.LeftAtRefusal!.Value.Milliseconds);
        var ended = workload.Courses.Where(course => course.Lease is not null).OrderBy(course => course.Ending!.At).ToList();
        var stopped = ended.Count(course => course.Ending!.Exit == ExitClass.OutOfFunds);
        var served = ended.Sum(course => course.Ending!.Charged.Milliseconds) / 3_600_000.0;
        return new(
            quota, mode, Percent(refused.Count, workload.Courses.Count), Percent(fitted, refused.Count), Percent(stopped, workload.Courses.Count),
            served, OverAdmissions(ended, quota * 1000L));
    }

    private static int OverAdmissions(IEnumerable<Course> ended, long allowance)
    {
        var charged = new Dictionary<(Core.Identities.IdentityId, Instant), long>();
        var over = 0;
        foreach (var course in ended)
        {
            var window = (course.Request.Identity, course.Lease!.WindowOpenedAt);
            charged[window] = charged.GetValueOrDefault(window) + course.Ending!.Charged.Milliseconds;
            if (charged[window] > allowance && course.Ending.Charged > GpuTime.Zero) over++;
        }

        return over;
    }

    private static double Percent(int part, int whole) => whole == 0 ? 0 : 100.0 * part / whole;
}
