using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota.Purses;

namespace Stint.Prove.Simulation.Predicting;

internal sealed partial class Predictor
{
    public PlainReading Read(string who, Plan plan) => Read(Identity(who), plan.Allowance.Milliseconds);

    private PlainReading Read(PlainIdentity identity, long planAllowance)
    {
        var window = identity.OpenAt(Now);
        var allowance = Math.Max(planAllowance, window?.Allowance ?? 0);
        var spent = window?.Spent ?? 0;
        var held = Open.Where(task => task.Who == identity.Id && (task.Waits || task.WindowOpenedAt == window?.OpenedAt)).Sum(task => task.OwnHeldAt(Now));
        var reserved = Math.Min(held, Math.Max(0, allowance - spent));
        return new(allowance, spent, reserved, allowance - spent - reserved, window?.ResetsAt) { Further = Further(identity, window, Now) };
    }

    private string Request(RequestLease request)
    {
        if ((ended.GetValueOrDefault(request.Id.Value) ?? Open.FirstOrDefault(task => task.Id == request.Id.Value)) is { } before)
            return SameContent(before.Asked, request) ? $"AlreadyRequested {before.Phase} space={before.Waits && WaitsForItsSpace(before)}" : "AlreadyRequestedWithOtherContent";
        Observe(request.Identity.Value, request.Plan);
        var identity = Identity(request.Identity.Value);
        var (floor, likely, expected, ceiling) = Ask(request);
        var reading = Read(identity, request.Plan.Allowance.Milliseconds);
        var sponsored = Sponsored(request, Now);
        var caps = CapsOn(request).Select(Read).ToList();
        var reasons = Reasons(request, identity, floor, ceiling, reading, sponsored, caps);
        if (reasons.Count > 0)
        {
            Say($"refused {request.RefusalId} {request.Identity} [{string.Join("; ", reasons)}] {Words(reading)}");
            if (reasons.Any(IsForFunds)) CountRefusal(identity);
            return $"Refused [{string.Join("; ", reasons)}]";
        }

        var fitting = caps.Select(cap => cap.Left).Append(reading.Left + reading.Further.Concat(sponsored).Sum(share => share.Amount)).Min();
        floor = Math.Max(floor, Math.Min(likely, fitting));
        var place = brokenWaits.LastOrDefault(left => SamePlace(left.Ticket.Asked, request) && Now - left.At <= 5_000);
        var task = new PlainTask
        {
            Asked = request, Id = request.Id.Value, Who = identity.Id, Floor = floor, Expected = expected, Ceiling = ceiling, ReservedAt = Now,
            Shares = Take(reading.Further.Concat(sponsored), Math.Max(0, floor - reading.Left)), Caps = caps.ConvertAll(cap => cap.Cap with { Held = floor }),
            ArrivedAt = place.Ticket?.ArrivedAt ?? Now, WaitUntil = Now + (long)request.WaitLimit.TotalMilliseconds,
        };
        if (task.ArrivedAt < Now) brokenWaits.Remove(place);
        open.Add(task);
        foreach (var hold in task.Caps) capWindows.TryAdd(hold.Ledger, []);
        Say($"reserved {task.Id} floor={floor} expected={expected} ceiling={ceiling} arrived={task.ArrivedAt} until={task.WaitUntil} [{string.Join(", ", task.Shares)}] [{string.Join(", ", task.Caps)}]");
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

    private List<string> Reasons(
        RequestLease request, PlainIdentity identity, long floor, long ceiling, PlainReading reading, List<PlainShare> sponsored, List<PlainCapReading> caps)
    {
        var reasons = new List<string>();
        var longest = (long)request.Plan.LongestDuration.TotalMilliseconds;
        var own = identity.Credits.Where(credit => credit.IsUsableAt(Now)).ToList();
        var ever = reading.Allowance + own.Sum(credit => credit.Amount - credit.Spent) + sponsored.Sum(share => share.Amount);
        if (request.Function.DeclaredMilliseconds > longest)
            reasons.Add($"DurationNeverAllowed {ceiling}>{longest * request.Weight.Thousandths / 1000}");
        else if (floor > ever) reasons.Add($"DurationNeverAllowed {floor}>{ever}");
        if (!slots.Any(slot => !slot.Withdrawn && slot.IsOn(request.Node) && slot.Fits(request.Function.Size))) reasons.Add("SizeNotInPool ");
        if (TokenIsUsedUp(request, ceiling, longest) is { } used) reasons.Add(used);
        var left = reading.Left + reading.Further.Concat(sponsored).Sum(share => share.Amount);
        if (floor > left && floor <= ever)
        {
            // What only the ceiling keeps from paying.
            var kept = own.Sum(credit => LeftOf(identity.Id, credit, Now)) - reading.Further.Sum(share => share.Amount);
            var waiting = Open.Where(task => task.Waits && task.Who == identity.Id).Sum(task => task.Own);
            reasons.Add($"{(floor <= left + kept ? "CeilingReached" : "QuotaExceeded")} {floor}>{left}" + Retry(waiting + floor <= request.Plan.Allowance.Milliseconds, reading.ResetsAt));
        }

        foreach (var cap in caps.Where(cap => floor > cap.Left))
        {
            var cause = cap.Cap.Kind == CapKind.Device ? "DeviceCapReached" : cap.Cap.Kind == CapKind.Anonymous ? "AnonymousCapReached" : "SpaceCeilingReached";
            reasons.Add($"{cause} {floor}>{cap.Left} of {cap.Cap.Limit}" + Retry(WaitingUnder(cap.Cap.Ledger) + floor <= cap.Cap.Limit, cap.ResetsAt));
        }

        return reasons;
    }

    private static string Retry(bool fits, long? at) => fits && at is not null ? $" retry={at}" : "";

    /// <summary>A token is good for a hundred leases, and for as much GPU time as five of the longest runs.</summary>
    private string? TokenIsUsedUp(RequestLease request, long ceiling, long longest)
    {
        var identity = Identity(request.Identity.Value);
        var open = Open.Where(task => task.Who == identity.Id && task.Asked.Event == request.Event).ToList();
        var (_, leases, charged) = identity.Tokens.GetValueOrDefault(request.Event);
        var left = Math.Max(0, (5 * (long)Math.Ceiling(longest * (decimal)request.Weight.Thousandths / 1000)) - charged - open.Sum(task => task.Ceiling));
        if (leases + open.Count(task => task.Waits) >= 100) return "TokenUsedUp ";
        return request.Function.DeclaredMilliseconds <= longest && ceiling > left ? $"TokenUsedUp {ceiling}>{left}" : null;
    }

    private static bool IsForFunds(string reason) => reason.StartsWith("QuotaExceeded", StringComparison.Ordinal) || reason.StartsWith("CeilingReached", StringComparison.Ordinal);

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

    private static string Words(PlainReading reading) => $"{reading.Spent}+{reading.Reserved}+{reading.Left}={reading.Allowance} resets={reading.ResetsAt} [{string.Join(", ", reading.Further)}]";
}
