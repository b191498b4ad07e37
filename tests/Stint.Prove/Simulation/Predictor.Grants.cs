namespace Stint.Prove.Simulation;

internal sealed partial class Predictor
{
    private const long Cap = 7_200_000;

    private void GrantWhatFits()
    {
        while (Next() is { } next) Grant(next.Ticket, next.Slot);
    }

    /// <summary>
    /// Of everything that waits and fits a free slot, the one whose key is least. A person's own tasks of one Space and size keep
    /// their order of arrival, whatever plan each was asked on.
    /// </summary>
    private (PlainTask Ticket, PlainSlot Slot)? Next()
    {
        var firsts = Open.Where(task => task.Waits)
            .GroupBy(task => (task.Who, task.Space, task.Size))
            .Select(lane => lane.OrderBy(task => task.ArrivedAt).ThenBy(task => task.Id, StringComparer.Ordinal).First())
            .ToList();
        var best = firsts.GroupBy(task => task.Who).ToDictionary(own => own.Key, own => own.Max(task => task.Asked.Plan.Priority));
        var ordered = firsts.OrderBy(task => KeyOf(task, best[task.Who])).ThenBy(task => task.ArrivedAt).ThenBy(task => task.Id, StringComparer.Ordinal);
        foreach (var ticket in ordered)
            if (!IsAtItsSpacesLimit(ticket) && SlotFor(ticket) is { } slot) return (ticket, slot);
        return null;
    }

    private long KeyOf(PlainTask ticket, int priority)
    {
        var burden = Open.Where(own => own.Who == ticket.Who).Sum(own => own.Expected);
        var from = Math.Max(ticket.ArrivedAt, Identity(ticket.Who).LastServedAt);
        // Of a task that its own person's others went before, less and less counts; after as long as the cap, nothing.
        var expected = (long)((decimal)ticket.Expected * Math.Max(0, Cap - (from - ticket.ArrivedAt)) / Cap);
        if (Identity(ticket.Who).OpenAt(ticket.ArrivedAt) is { } window) (burden, expected) = (burden + window.Spent, expected + window.Overstay);
        var sum = (burden + (150 * expected)) / priority;
        // A curve that begins as steep as the sum and never reaches the cap.
        var delay = Cap - Math.Ceiling((decimal)Cap * Cap / (Cap + sum));
        return from + (long)delay;
    }

    /// <summary>Its own warm worker's slot first; else the smallest that fits, and among those one without a warm worker; then by name.</summary>
    private PlainSlot? SlotFor(PlainTask ticket)
    {
        var fitting = slots.Where(slot => slot.Phase == "Free" && slot.Fits(ticket.Size)).OrderBy(slot => slot.Id, StringComparer.Ordinal).ToList();
        return fitting.FirstOrDefault(slot => IsWarmFor(slot, ticket))
            ?? fitting.OrderBy(slot => slot.Offered.Largest).ThenBy(slot => slot.Warm is not null).FirstOrDefault();
    }

    private static bool IsWarmFor(PlainSlot slot, PlainTask ticket) =>
        slot.Warm is { } warm && warm.Space == ticket.Space && warm.TaskId == ticket.Asked.TaskId;

    private void Grant(PlainTask task, PlainSlot slot)
    {
        var identity = Identity(task.Who);
        var plan = identity.Plan!.Allowance.Milliseconds;
        var window = identity.OpenAt(Now);
        var reading = Read(identity, plan);
        var used = reading.Spent + Open.Where(run => run.Runs && run.Who == task.Who && run.WindowOpenedAt == window?.OpenedAt).Sum(run => run.HeldAt(Now));
        if (used + task.Floor > reading.Allowance)
        {
            var waiting = Open.Where(own => own.Waits && own.Who == task.Who).Sum(own => own.Floor);
            var retry = waiting <= plan && reading.ResetsAt is { } at ? $" retry={at}" : "";
            Say($"refused {task.Asked.RefusalId} {task.Who} [QuotaExceeded {task.Floor}>{Math.Max(0, reading.Allowance - used)}{retry}] {Words(reading)}");
            CountRefusal(identity);
            Leave(task, "Voided", "quota-exceeded");
            return;
        }

        if (window is null) identity.Windows.Add(window = new PlainWindow { OpenedAt = Now, Allowance = plan });
        identity.IsClosed = false;
        window.Grants++;
        window.Overstay = 0;
        identity.LastServedAt = Now;
        var token = identity.Tokens.TryGetValue(task.Asked.Event, out var use) ? use : (FirstAt: Now, Leases: 0);
        identity.Tokens[task.Asked.Event] = (token.FirstAt, token.Leases + 1);
        var idle = IsWarmFor(slot, task);
        var forgotten = idle ? null : slot.Warm?.Process.Pid;
        (task.Phase, task.Slot, task.GrantedAt, task.WindowOpenedAt, task.Idle) = ("Leased", slot.Id, Now, window.OpenedAt, idle);
        task.Worker = idle ? slot.Warm!.Value.Process : null;
        (slot.Phase, slot.Lease, slot.Warm) = ("Leased", task.Id, null);
        Say($"granted {task.Id} on {slot.Id} window={window.OpenedAt} of {reading.Allowance} idle={idle} worker={task.Worker?.Pid} forgets={forgotten}");
    }
}
