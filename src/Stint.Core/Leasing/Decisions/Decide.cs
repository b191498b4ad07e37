using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;

namespace Stint.Core.Leasing.Decisions;

/// <summary>
/// The one decision: a command and a moment in, recorded entries and a reply out. What was due before that moment has
/// ended first, so a command never meets a lease past its deadline.
/// </summary>
public static class Decide
{
    public static Reply Handle(Books books, Command command, Instant now)
    {
        // After a crash the deadlines have to be moved by the time the hub was down before any of them may be enforced.
        if (command is not ResumeLeases) Ends.EndOverdue(books, now);
        switch (command)
        {
            case RequestLease request: return Requesting.Request(books, request, now);
            case AllowWorker allow: return Ends.Allow(books, allow, now);
            case ReleaseLease release: return Ends.Release(books, release, now);
            case Cancel cancel: return Ends.Cancel(books, cancel, now);
            case Instruction instruction: return Instructing.Decide(books, instruction, now);
            case RecordRefusal refusal: Refuse(books, refusal, now); break;
            case ReportWorkerGone gone: Ends.WorkerGone(books, gone, now); break;
            case ReportUnstoppable report: Ends.Unstoppable(books, report, now); break;
            case JoinSlots join: return Nodes.Join(books, join, now);
            case LoseNode lose: return Nodes.Lose(books, lose, now);
            case ReturnNode back: return Nodes.Return(books, back, now);
            case DrainNode drain: Nodes.Drain(books, drain, now); break;
            case ResumeLeases resume: Nodes.Resume(books, resume, now); break;
            case ObservePlan observe: Requesting.Observe(books, observe.Identity, observe.Plan, now); break;
            default: throw new InvariantBrokenException($"no decision for {command.GetType().Name}");
        }

        return Done.Reply;
    }

    /// <summary>Time has passed: ends what is overdue, then fills the free slots. Runs after every batch and whenever something is due.</summary>
    public static void AdvanceTo(Books books, Instant now)
    {
        Ends.EndOverdue(books, now);
        Granting.GrantWhatFits(books, now);
    }

    private static void Refuse(Books books, RecordRefusal command, Instant now)
    {
        var declared = TimeSpan.FromMilliseconds(command.Function.DeclaredMilliseconds);
        books.Record(new RequestRefused(now, new Refusal(
            command.Id, now, command.Identity, command.Function, declared, command.Weight, [new(command.Cause)], null)
        {
            Recognition = command.Recognition,
            Event = command.Event,
        }));
    }
}
