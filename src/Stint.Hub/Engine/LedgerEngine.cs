using System.Collections.Concurrent;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Engine;

/// <summary>
/// The one decision loop of a hub, on a thread of its own: takes what waits in a bounded inbox, steps, and after the commit
/// answers and lets effects run. Batching adapts by itself: while one commit is being written, the next batch gathers.
/// </summary>
public sealed class LedgerEngine : IAsyncDisposable
{
    private const int Capacity = 50_000;
    private const int LargestBatch = 1_000;

    /// <summary>How far back a crash may lose sight of a running lease: what was used after the last evidence is the house's.</summary>
    private static readonly TimeSpan EvidenceEvery = TimeSpan.FromSeconds(1);

    /// <summary>A thread sleeps no longer than this at a time; a moment that is due later is looked at again.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    private readonly Inbox<Pending> inbox = new(Capacity);
    private readonly ConcurrentDictionary<ReservationId, LeaseWait> waits = new();
    private readonly DecisionStep step;
    private readonly ILedgerStore store;
    private readonly LedgerClock clock;
    private readonly IReadOnlyList<IEffects> effects;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILogger log;
    private bool isStarted;
    private Instant evidenced;

    public LedgerEngine(ILedgerStore store, LedgerClock clock, IEnumerable<IEffects> effects, ILogger<LedgerEngine> log)
    {
        (this.store, this.clock, this.log) = (store, clock, log);
        this.effects = [.. effects];
        step = new DecisionStep(store);
    }

    /// <summary>Stops the process: set by the host. Called when an invariant broke or the store failed for good.</summary>
    public Action<Exception>? Broken { get; set; }

    /// <summary>Slots as last committed; safe to read from any thread.</summary>
    public PoolView Pool { get; private set; } = PoolView.Empty;

    public void Start()
    {
        Pool = PoolView.Of(step.Books.Pool);
        isStarted = true;
        // It waits for the disk most of the time: on one of the pool's few threads it would keep requests from theirs.
        new Thread(Run) { IsBackground = true, Name = "ledger" }.Start();
    }

    /// <summary>Sends a command; the reply comes after its commit.</summary>
    /// <exception cref="StoreFailedException">When the decision could not be kept: nothing happened.</exception>
    /// <exception cref="EngineBusyException">When the inbox is full: nothing happened.</exception>
    public async Task<TReply> SendAsync<TReply>(Command command) where TReply : Reply
    {
        var pending = new Pending(new Received(command, clock.Now));
        if (!inbox.TryPut(pending)) throw new EngineBusyException();
        return (TReply)await pending.Reply.Task.ConfigureAwait(false);
    }

    /// <summary>Asks for a lease. Where the reply says queued, the wait completes when it is granted or ends, at once if a slot was free.</summary>
    public async Task<(RequestLeaseReply Reply, LeaseWait Wait)> RequestAsync(RequestLease command)
    {
        var mine = new LeaseWait();
        // A repeated request shares the wait of the first, and may not take it away.
        var wait = waits.GetOrAdd(command.Id, mine);
        try
        {
            var reply = await SendAsync<RequestLeaseReply>(command).ConfigureAwait(false);
            // What was decided earlier left no entry in this step, so nothing else would complete the wait.
            if (reply.Before is { Phase: not ReservationPhase.Queued } before) wait.Complete(WaitResult.Of(before));
            if (wait.Result.IsCompleted || reply.Outcome is RequestLeaseOutcome.Refused or RequestLeaseOutcome.AlreadyRequestedWithOtherContent)
                waits.TryRemove(new(command.Id, mine));
            return (reply, wait);
        }
        catch
        {
            waits.TryRemove(new(command.Id, mine));
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        inbox.Close();
        if (isStarted) await ended.Task.ConfigureAwait(false);
    }

    private void Run()
    {
        var batch = new List<Pending>();
        try
        {
            while (inbox.Take(batch, LargestBatch, Idle()))
            {
                Run(batch);
                batch.Clear();
            }

            FailWaiting(batch, null);
        }
#pragma warning disable CA1031 // Whatever stops the loop must stop the hub: without it every answer would be a guess.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.EngineStopped(e);
            FailWaiting(batch, e);
            Broken?.Invoke(e);
        }
        finally
        {
            ended.SetResult();
        }
    }

    private void Run(List<Pending> batch)
    {
        StepResult result;
        try
        {
            result = step.Step([.. batch.Select(pending => pending.Received)], clock.Now);
        }
        catch (StoreFailedException e)
        {
            // The state was read again and nothing was promised: each caller may simply try once more.
            log.CommitFailed(e);
            foreach (var pending in batch) pending.Reply.TrySetException(e);
            return;
        }

        Evidence(result);
        Pool = PoolView.Of(step.Books.Pool);
        // Effects first: an app may fail by a refusal, and its event reach the gateway, before this thread has taken another step.
        foreach (var effect in effects) effect.After(result);
        // Then waits: whoever reads the reply of a request can tell from its wait whether a slot was free at once.
        foreach (var entry in result.Entries) CompleteWait(entry);
        for (var i = 0; i < batch.Count; i++) batch[i].Reply.TrySetResult(result.Replies[i]);
    }

    private void Evidence(StepResult result)
    {
        if (result.Entries.Count == 0)
        {
            if (result.Now - evidenced < EvidenceEvery || !step.HasLeases) return;
            if (!TryKeepEvidence(result.Now)) return;
        }

        evidenced = result.Now;
    }

    /// <summary>Evidence that cannot be kept is the house's loss alone: after a crash more time is forgiven.</summary>
    private bool TryKeepEvidence(Instant now)
    {
        try
        {
            store.KeepEvidence(now);
            return true;
        }
        catch (StoreFailedException e)
        {
            log.CommitFailed(e);
            return false;
        }
    }

    private void CompleteWait(Entry entry)
    {
        switch (entry)
        {
            case LeaseGranted granted when waits.TryRemove(granted.Reservation, out var wait):
                wait.Complete(new(granted, null));
                break;
            case ReservationEnded ended when waits.TryRemove(ended.Reservation, out var wait):
                wait.Complete(new(null, ended.Ending));
                break;
        }
    }

    /// <summary>For how long nothing is to be done unless a command comes; null where nothing is due at all.</summary>
    private TimeSpan? Idle()
    {
        var due = step.HasLeases ? Instant.Min(step.NextDue, evidenced + EvidenceEvery) : step.NextDue;
        foreach (var effect in effects) due = Instant.Min(due, effect.Due);
        if (due == Instant.Never) return null;
        var wait = due - clock.Now;
        return wait < LongestSleep ? wait : LongestSleep;
    }

    /// <summary>Nobody may wait for ever for an answer that will not come: neither the batch in hand nor what is behind it.</summary>
    private void FailWaiting(List<Pending> batch, Exception? e)
    {
        inbox.Close();
        foreach (var pending in batch.Concat(inbox.Rest())) pending.Reply.TrySetException(e is null ? new StoreFailedException("the hub is stopping") : new StoreFailedException("the hub is stopping", e));
    }

    private sealed record Pending(Received Received)
    {
        public TaskCompletionSource<Reply> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>What follows from a commit. May be repeated after a crash, so it must be harmless the second time.</summary>
public interface IEffects
{
    /// <summary>Called on the engine's own thread: hand over and return.</summary>
    void After(StepResult result);

    /// <summary>By when it wants to be called again, although nothing may have been decided until then.</summary>
    Instant Due => Instant.Never;
}

/// <summary>More waits in the engine than it may hold: come back later.</summary>
public sealed class EngineBusyException : Exception
{
    public EngineBusyException() : base("the hub has more requests in hand than it takes; try again in a moment") { }
    public EngineBusyException(string message) : base(message) { }
    public EngineBusyException(string message, Exception inner) : base(message, inner) { }
}
