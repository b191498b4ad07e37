using Stint.Core.Leasing;
using Stint.Core.Plans;

namespace Stint.Prove.Simulation;

internal sealed partial class Predictor
{
    public PlainReading Read(string who, Plan plan) => Read(Identity(who), plan.Allowance.Milliseconds);

    private PlainReading Read(PlainIdentity identity, long planAllowance)
    {
        var window = identity.OpenAt(Now);
        var allowance = Math.Max(planAllowance, window?.Allowance ?? 0);
        var spent = window?.Spent ?? 0;
        var held = Open.Where(task => task.Who == identity.Id && (task.Waits || task.WindowOpenedAt == window?.OpenedAt)).Sum(task => task.HeldAt(Now));
        var reserved = Math.Min(held, Math.Max(0, allowance - spent));
        return new(allowance, spent, reserved, allowance - spent - reserved, window?.ResetsAt);
    }

    private string Request(RequestLease request)
    {
        if ((ended.GetValueOrDefault(request.Id.Value) ?? Open.FirstOrDefault(task => task.Id == request.Id.Value)) is { } before)
            return SameContent(before.Asked, request) ? $"AlreadyRequested {before.Phase} space={before.Waits && WaitsForItsSpace(before)}" : "AlreadyRequestedWithOtherContent";
        Observe(request.Identity.Value, request.Plan);
        var identity = Identity(request.Identity.Value);
        var (floor, likely, expected, ceiling) = Ask(request);
        var reading = Read(identity, request.Plan.Allowance.Milliseconds);
        var reasons = Reasons(request, identity, floor, ceiling, reading);
        if (reasons.Count > 0)
        {
            Say($"refused {request.RefusalId} {request.Identity} [{string.Join("; ", reasons)}] {Words(reading)}");
            if (reasons.Any(IsForFunds)) CountRefusal(identity);
            return $"Refused [{string.Join("; ", reasons)}]";
        }

        floor = Math.Max(floor, Math.Min(likely, reading.Left));
        var place = brokenWaits.LastOrDefault(left => SamePlace(left.Ticket.Asked, request) && Now - left.At <= 5_000);
        var task = new PlainTask
        {
            Asked = request, Id = request.Id.Value, Who = identity.Id, Floor = floor, Expected = expected, Ceiling = ceiling, ReservedAt = Now,
            ArrivedAt = place.Ticket?.ArrivedAt ?? Now, WaitUntil = Now + (long)request.WaitLimit.TotalMilliseconds,
        };
        if (task.ArrivedAt < Now) brokenWaits.Remove(place);
        open.Add(task);
        Say($"reserved {task.Id} floor={floor} expected={expected} ceiling={ceiling} arrived={task.ArrivedAt} until={task.WaitUntil}");
        return $"Queued space={WaitsForItsSpace(task)}";
    }

    /// <summary>Admission needs the floor; what is held from then on is as much as is likely, where that is there.</summary>
    private (long Floor, long Likely, long Expected, long Ceiling) Ask(RequestLease request)
    {
        long Hold(long milliseconds) => (long)Math.Ceiling(milliseconds * (decimal)request.Weight.Thousandths / 1000);
        var ceiling = Hold(request.Function.DeclaredMilliseconds);
        if (request.Strict) return (ceiling, ceiling, ceiling, ceiling);
        var refused = Identity(request.Identity.Value).OpenAt(Now)?.Refusals ?? 0;
        var (floor, likely, expected) = (request.Function.DeclaredMilliseconds, request.Function.DeclaredMilliseconds, request.Function.DeclaredMilliseconds);
        if (Samples(request) is { Count: > 0 } samples)
            (floor, likely, expected) = (Quantile(samples, 0.58 * 20 / (20 + refused)), Quantile(samples, 0.9), Quantile(samples, 0.5));
        return (Math.Min(ceiling, Hold(Math.Max(1_000, floor))), Math.Min(ceiling, Hold(likely)), Math.Min(ceiling, Hold(expected)), ceiling);
    }

    /// <summary>One's own last runs, each four fifths of the next newer, beside everyone else's last, which weigh two runs together.</summary>
    private List<(long Measured, long Weight)> Samples(RequestLease request)
    {
        var of = runs.GetValueOrDefault(request.Function) ?? [];
        if (of.Count == 0 && runsOfAnything.Count >= 8) of = runsOfAnything;
        var samples = new List<(long Measured, long Weight)>();
        var weight = 1_000_000L;
        foreach (var own in (of.GetValueOrDefault(request.Identity.Value) ?? []).AsEnumerable().Reverse().Take(16))
        {
            samples.Add((own, weight));
            weight -= (weight + 4) / 5;
        }

        var others = of.Where(run => run.Key != request.Identity.Value).ToList();
        samples.AddRange(others.Select(other => (other.Value[^1], 2_000_000L / others.Count)));
        return [.. samples.OrderBy(sample => sample.Measured).ThenBy(sample => sample.Weight)];
    }

    /// <summary>Where so much of all weight lies below, each sample standing at the middle of its own. Counted in halves.</summary>
    private static long Quantile(List<(long Measured, long Weight)> samples, double level)
    {
        var target = (long)(level * 2 * samples.Sum(sample => sample.Weight));
        var places = samples.Select((sample, i) => (sample.Measured, At: (2 * samples.Take(i).Sum(before => before.Weight)) + sample.Weight)).ToList();
        var above = places.FindIndex(place => place.At >= target);
        if (above <= 0) return (above == 0 ? places[0] : places[^1]).Measured;
        var ((low, from), (high, to)) = (places[above - 1], places[above]);
        return low + (long)((decimal)(high - low) * (target - from) / (to - from));
    }

    private List<string> Reasons(RequestLease request, PlainIdentity identity, long floor, long ceiling, PlainReading reading)
    {
        var reasons = new List<string>();
        var longest = (long)request.Plan.LongestDuration.TotalMilliseconds;
        if (request.Function.DeclaredMilliseconds > longest)
            reasons.Add($"DurationNeverAllowed {ceiling}>{longest * request.Weight.Thousandths / 1000}");
        else if (floor > reading.Allowance) reasons.Add($"DurationNeverAllowed {floor}>{reading.Allowance}");
        if (!slots.Any(slot => !slot.Withdrawn && slot.IsOn(request.Node) && slot.Fits(request.Function.Size))) reasons.Add("SizeNotInPool ");
        var leases = identity.Tokens.GetValueOrDefault(request.Event).Leases + Open.Count(task => task.Waits && task.Who == identity.Id && task.Asked.Event == request.Event);
        var token = identity.Tokens.GetValueOrDefault(request.Event).Charged + Open.Where(task => task.Who == identity.Id && task.Asked.Event == request.Event).Sum(task => task.Ceiling);
        var most = 5 * (long)Math.Ceiling(longest * (decimal)request.Weight.Thousandths / 1000);
        if (leases >= 100) reasons.Add("TokenUsedUp ");
        else if (request.Function.DeclaredMilliseconds <= longest && ceiling > Math.Max(0, most - token)) reasons.Add($"TokenUsedUp {ceiling}>{Math.Max(0, most - token)}");
        if (floor > reading.Left && floor <= reading.Allowance)
        {
            var waiting = Open.Where(task => task.Waits && task.Who == identity.Id).Sum(task => task.Floor);
            var fits = waiting + floor <= request.Plan.Allowance.Milliseconds;
            reasons.Add($"QuotaExceeded {floor}>{reading.Left}" + (fits && reading.ResetsAt is { } at ? $" retry={at}" : ""));
        }

        return reasons;
    }

    private static bool IsForFunds(string reason) => reason.StartsWith("QuotaExceeded", StringComparison.Ordinal);

    private void CountRefusal(PlainIdentity identity)
    {
        if (identity.OpenAt(Now) is { } window) window.Refusals++;
    }

    private void Observe(string who, Plan plan)
    {
        var identity = Identity(who);
        if (identity.Plan == plan) return;
        identity.Plan = plan;
        var window = identity.OpenAt(Now);
        var raised = window is not null && plan.Allowance.Milliseconds > window.Allowance;
        if (raised) window!.Allowance = plan.Allowance.Milliseconds;
        Say($"plan {who} {plan.Name}" + (raised ? $" raised={plan.Allowance.Milliseconds}" : ""));
    }

    private bool WaitsForItsSpace(PlainTask task) => IsAtItsSpacesLimit(task) && slots.Any(slot => slot.IsOpen && slot.IsOn(task.Asked.Node) && slot.Fits(task.Size));

    private bool IsAtItsSpacesLimit(PlainTask task) => Open.Count(run => run.Runs && run.Space == task.Space) >= (task.Asked.SpaceConcurrency ?? int.MaxValue);

    private static bool SameContent(RequestLease a, RequestLease b) =>
        (a.Identity, a.Function, a.TaskId, a.Event, a.Weight, a.Node) == (b.Identity, b.Function, b.TaskId, b.Event, b.Weight, b.Node);

    private static bool SamePlace(RequestLease a, RequestLease b) =>
        (a.Function.Space, a.Event, a.TaskId) == (b.Function.Space, b.Event, b.TaskId);

    private static string Words(PlainReading reading) => $"{reading.Spent}+{reading.Reserved}+{reading.Left}={reading.Allowance} resets={reading.ResetsAt}";
}
