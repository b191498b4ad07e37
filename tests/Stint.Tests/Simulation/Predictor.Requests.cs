using Stint.Core.Leasing;
using Stint.Core.Plans;

namespace Stint.Tests.Simulation;

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
        var (floor, expected, ceiling) = Ask(request);
        var reading = Read(identity, request.Plan.Allowance.Milliseconds);
        var reasons = Reasons(request, identity, floor, ceiling, reading);
        if (reasons.Count > 0)
        {
            Say($"refused {request.RefusalId} {request.Identity} [{string.Join("; ", reasons)}] {Words(reading)}");
            return $"Refused [{string.Join("; ", reasons)}]";
        }

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

    private (long Floor, long Expected, long Ceiling) Ask(RequestLease request)
    {
        long Hold(long milliseconds) => (long)Math.Ceiling(milliseconds * (decimal)request.Weight.Thousandths / 1000);
        var declared = request.Function.DeclaredMilliseconds;
        var ceiling = Hold(declared);
        if (request.Strict) return (ceiling, ceiling, ceiling);
        var of = runs.Where(run => run.Function == request.Function).ToList();
        var samples = of.Where(run => run.Who == request.Identity.Value).Select(run => run.Measured).TakeLast(16).ToList();
        if (samples.Count < 3) samples = [.. of.GroupBy(run => run.Who).Select(own => own.Last().Measured)];
        if (samples.Count == 0) samples = [declared];
        samples.Sort();
        var low = Math.Min(declared, samples[(int)(0.2 * (samples.Count - 1))]);
        var middle = Math.Min(declared, samples[(int)(0.5 * (samples.Count - 1))]);
        return (Math.Min(ceiling, Hold(Math.Max(1_000, low))), Math.Min(ceiling, Hold(middle)), ceiling);
    }

    private List<string> Reasons(RequestLease request, PlainIdentity identity, long floor, long ceiling, PlainReading reading)
    {
        var reasons = new List<string>();
        var longest = (long)request.Plan.LongestDuration.TotalMilliseconds;
        if (request.Function.DeclaredMilliseconds > longest)
            reasons.Add($"DurationNeverAllowed {ceiling}>{longest * request.Weight.Thousandths / 1000}");
        else if (floor > reading.Allowance) reasons.Add($"DurationNeverAllowed {floor}>{reading.Allowance}");
        if (!slots.Any(slot => slot.Fits(request.Function.Size))) reasons.Add("SizeNotInPool ");
        var leases = identity.Tokens.GetValueOrDefault(request.Event).Leases + Open.Count(task => task.Waits && task.Who == identity.Id && task.Asked.Event == request.Event);
        if (leases >= 100) reasons.Add("TokenUsedUp ");
        if (floor > reading.Left && floor <= reading.Allowance)
        {
            var waiting = Open.Where(task => task.Waits && task.Who == identity.Id).Sum(task => task.Floor);
            var fits = waiting + floor <= request.Plan.Allowance.Milliseconds;
            reasons.Add($"QuotaExceeded {floor}>{reading.Left}" + (fits && reading.ResetsAt is { } at ? $" retry={at}" : ""));
        }

        return reasons;
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

    private bool WaitsForItsSpace(PlainTask task) => IsAtItsSpacesLimit(task) && slots.Any(slot => slot.Phase == "Free" && slot.Fits(task.Size));

    private bool IsAtItsSpacesLimit(PlainTask task) => Open.Count(run => run.Runs && run.Space == task.Space) >= (task.Asked.SpaceConcurrency ?? int.MaxValue);

    private static bool SameContent(RequestLease a, RequestLease b) =>
        (a.Identity, a.Function, a.TaskId, a.Event, a.Weight) == (b.Identity, b.Function, b.TaskId, b.Event, b.Weight);

    private static bool SamePlace(RequestLease a, RequestLease b) =>
        (a.Function.Space, a.Event, a.TaskId) == (b.Function.Space, b.Event, b.TaskId);

    private static string Words(PlainReading reading) => $"{reading.Spent}+{reading.Reserved}+{reading.Left}={reading.Allowance} resets={reading.ResetsAt}";
}
