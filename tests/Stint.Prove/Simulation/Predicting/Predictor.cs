using Stint.Core.Leasing;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Prove.Simulation.Predicting;

/// <summary>
/// A second telling of the rules, so plain that it can be trusted: lists that are searched and sorted from scratch each time,
/// no index, nothing remembered that can be counted. It shares no code with Core, only the values that commands are made of.
/// It says in words what every step will answer and keep.
/// </summary>
internal sealed partial class Predictor
{
    private const long Never = long.MaxValue;

    private List<PlainTask> open = [];
    private Dictionary<string, PlainTask> ended = [];
    private List<PlainTask> endedNow = [];
    private List<PlainTask> lately = [];
    private List<PlainSlot> slots = [];
    private Dictionary<string, PlainIdentity> identities = [];
    private Dictionary<FunctionKey, Dictionary<string, List<long>>> runs = [];
    private Dictionary<string, List<long>> runsOfAnything = [];
    private List<(FunctionKey Function, string Who, long Measured)> runsNow = [];
    private List<(PlainTask Ticket, long At)> brokenWaits = [];

    /// <summary>The entries of the step in hand, in words.</summary>
    private List<string> said = [];

    public long Now { get; private set; }
    public long? Evidence { get; set; }
    public IReadOnlyList<PlainSlot> Slots => slots;
    public IReadOnlyList<PlainTask> Open => open;

    /// <summary>What ended last, to aim at.</summary>
    public IReadOnlyList<PlainTask> LatelyEnded => lately;

    /// <summary>Predicts one step: each command at its stamp, then time up to <paramref name="now"/>.</summary>
    public (List<string> Replies, List<string> Entries) Step(IReadOnlyList<(Command Command, long At)> batch, long now)
    {
        (said, endedNow, runsNow) = ([], [], []);
        var replies = new List<string>();
        foreach (var (command, at) in batch)
        {
            Now = Math.Max(Now, at);
            if (command is not ResumeLeases) EndOverdue();
            replies.Add(Answer(command));
        }

        Now = Math.Max(Now, now);
        EndOverdue();
        GrantWhatFits();
        if (said.Count > 0) Evidence = Now;
        return (replies, said);
    }

    /// <summary>Time passes whatever becomes of a commit.</summary>
    public void MoveTo(long now) => Now = Math.Max(Now, now);

    /// <summary>Places of broken waits are kept in memory alone.</summary>
    public void ForgetBrokenWaits() => brokenWaits.Clear();

    /// <summary>A copy to go back to by <see cref="Undo"/> after one step. What has ended only ever grows, so the two share it.</summary>
    public Predictor Copy() => new()
    {
        open = [.. open.Select(task => task.Copy())],
        ended = ended,
        slots = [.. slots.Select(slot => slot.Copy())],
        identities = identities.ToDictionary(pair => pair.Key, pair => pair.Value.Copy()),
        runs = runs,
        runsOfAnything = runsOfAnything,
        capWindows = capWindows.ToDictionary(pair => pair.Key, pair => pair.Value.ConvertAll(window => window.Copy())),
        refunded = [.. refunded],
        brokenWaits = [.. brokenWaits],
        lately = [.. lately],
        Now = Now,
        Evidence = Evidence,
    };

    /// <summary>The last step never was.</summary>
    /// <param name="before">A copy from just before it.</param>
    public Predictor Undo(Predictor before)
    {
        foreach (var task in endedNow) ended.Remove(task.Id);
        foreach (var (function, who, _) in runsNow)
            foreach (var own in new[] { runs[function], runsOfAnything })
            {
                own[who].RemoveAt(own[who].Count - 1);
                if (own[who].Count == 0) own.Remove(who);
            }

        return before;
    }

    private void Learn(FunctionKey function, string who, long measured)
    {
        runsNow.Add((function, who, measured));
        if (!runs.TryGetValue(function, out var ofFunction)) runs[function] = ofFunction = [];
        foreach (var of in new[] { ofFunction, runsOfAnything })
        {
            if (!of.TryGetValue(who, out var own)) of[who] = own = [];
            own.Add(measured);
        }
    }

    private string Answer(Command command)
    {
        switch (command)
        {
            case RequestLease request: return Request(request);
            case AllowWorker allow: return Allow(allow);
            case ReleaseLease release: return Release(release);
            case Cancel cancel: return Cancelled(cancel);
            case ReportWorkerGone gone: WorkerGone(gone); return "done";
            case ReportUnstoppable report: Unstoppable(report); return "done";
            case Instruction instruction: return Instructed(instruction);
            case ObservePlan observe: Observe(observe.Identity.Value, observe.Plan); return "done";
            case JoinSlots join: return Join(join.Node, join.Epoch, join.Slots);
            case LoseNode lose: return Lose(lose);
            case ReturnNode back: return Return(back);
            case DrainNode drain: Drain(drain); return "done";
            case ResumeLeases resume: Resume(resume); return "done";
            case RecordRefusal refusal:
                Say($"refused {refusal.Id} {refusal.Identity} [{refusal.Cause} ]");
                return "done";
            default: throw new InvalidOperationException(command.ToString());
        }
    }

    private string Allow(AllowWorker command)
    {
        var task = Leased(command.Id.Value, command.Space);
        if (task is null || EndOf(task) < Now) return "LeaseUnknown";
        if (task.AllowedAt is not null) return task.Worker == command.Worker ? "AlreadyAllowed" : "AlreadyAllowedForAnotherWorker";
        if (task.Worker != command.Worker) slots.Single(slot => slot.Lease == task.Id).Forget(task.Worker);
        task.AllowedAt = Now;
        task.Worker = command.Worker;
        Say($"allowed {task.Id} {command.Worker.Pid}");
        return "Allowed";
    }

    private string Release(ReleaseLease command)
    {
        var task = Leased(command.Id.Value, command.Space);
        if (task is null) return "LeaseUnknown";
        if (task.Idle || task.AllowedAt is not null) return "Released " + End(task, command.Failed ? ExitClass.Failed : ExitClass.Completed, Now);
        return "DeviceNotUsed " + End(task, Now - task.GrantedAt <= 2_000 ? ExitClass.NotUsed : ExitClass.NotAllowed, Now);
    }

    private string Cancelled(Cancel command)
    {
        var task = Open.FirstOrDefault(task => task.Id == command.Id.Value);
        if (task is null) return "Unknown";
        if (task.Waits)
        {
            Leave(task, "Voided", "visitor-left");
            return "TicketLeft";
        }

        if (command.TicketOnly) return "Unknown";
        End(task, command.Undelivered && task.AllowedAt is null ? ExitClass.NotUsed : ExitClass.Cancelled, Now);
        return "LeaseEnded";
    }

    private void WorkerGone(ReportWorkerGone command)
    {
        var slot = slots.FirstOrDefault(slot => slot.Id == command.Slot.Value);
        if (slot is null) return;
        if (slot.Leaving == command.Worker && slot.Leaving is not null) Freed(slot);
        else if (slot.Forgotten.Contains(command.Worker)) ForgottenGone(slot, command.Worker);
        else if (slot.Warm?.Process == command.Worker) WarmGone(slot);
        else if (Open.FirstOrDefault(task => task.Id == slot.Lease && task.Worker == command.Worker) is { } task) End(task, ExitClass.WorkerDied, Now);
        LetLeave(Now);
    }

    private void Unstoppable(ReportUnstoppable command)
    {
        var slot = slots.FirstOrDefault(slot => slot.Id == command.Slot.Value && slot.Phase == "Draining");
        if (slot is null) return;
        slot.Phase = "Quarantined";
        Say($"slot {slot.Id} quarantined");
    }

    private PlainTask? Leased(string id, SpaceId space) => Open.FirstOrDefault(task => task.Id == id && task.Runs && task.Space == space);

    private PlainIdentity Identity(string id) => identities.TryGetValue(id, out var known) ? known : identities[id] = new PlainIdentity(id);

    private void Say(string entry) => said.Add($"@{Now} {entry}");

    private void SayAt(long at, string entry) => said.Add($"@{at} {entry}");
}
