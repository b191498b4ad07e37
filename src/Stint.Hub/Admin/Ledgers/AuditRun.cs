using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Layout.Live;
using Stint.Hub.Store;
using Stint.Hub.Store.Audits;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Admin.Ledgers;

/// <summary>How far an audit is, or what it came to.</summary>
/// <param name="Report">Null while it goes on, and where it could not go to its end.</param>
/// <param name="Lasted">Null while it goes on.</param>
public sealed record AuditStanding(Instant BeganAt, string By, long Entries, long Of, AuditReport? Report, TimeSpan? Lasted)
{
    public bool GoesOn => Lasted is null;
}

/// <summary>The audit that administrators start from a page: one at a time, beside the hub, in one read of the data file.</summary>
internal sealed class AuditRun(Database database, LedgerClock clock, LiveSignals signals, IHostApplicationLifetime lifetime, ILogger<AuditRun> log)
{
    private readonly Lock gate = new();
    private AuditStanding? standing;

    /// <summary>Null where none was started since the hub was.</summary>
    public AuditStanding? Standing
    {
        get
        {
            lock (gate) return standing;
        }
    }

    /// <summary>False where one goes on already.</summary>
    public bool Start(string by)
    {
        lock (gate)
        {
            if (standing is { GoesOn: true }) return false;
            standing = new(clock.Now, by, 0, 0, null, null);
        }

        // It reads for as long as the ledger is: on a thread of its own, which requests do not wait for.
        _ = Task.Factory.StartNew(Run, lifetime.ApplicationStopping, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return true;
    }

    private void Run()
    {
        AuditReport? report = null;
        try
        {
            report = LedgerAudit.Of(database, Went, lifetime.ApplicationStopping);
        }
        catch (OperationCanceledException)
        {
            // The hub stops.
        }
#pragma warning disable CA1031 // A page says that it could not be done; the hub goes on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.AuditFailed(e);
        }

        lock (gate) standing = standing! with { Report = report, Lasted = clock.Now - standing.BeganAt };
        signals.Ring(LiveTopics.Pool);
    }

    private void Went(long entries, long of)
    {
        lock (gate) standing = standing! with { Entries = entries, Of = of };
    }
}
