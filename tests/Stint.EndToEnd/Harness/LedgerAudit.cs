using System.Text.Json;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Stint.EndToEnd.Harness;

/// <summary>
/// Goes through a hub's data file as a stranger would: by SQL and JSON alone, adding everything up again from the entries.
/// What holds here holds whatever the hub itself says of it.
/// </summary>
internal sealed class LedgerAudit
{
    private readonly List<JsonElement> entries;
    private readonly List<JsonElement> refusals;
    private readonly Dictionary<string, JsonElement> ledgers;

    private LedgerAudit(SqliteConnection file)
    {
        entries = [.. Bodies(file, "SELECT body FROM entries ORDER BY seq")];
        refusals = [.. Bodies(file, "SELECT body FROM refusals")];
        ledgers = Bodies(file, "SELECT body FROM ledgers").ToDictionary(ledger => Text(ledger, "identity"));
        using var evidence = file.CreateCommand();
        evidence.CommandText = "SELECT at FROM evidence";
        LastEvidence = evidence.ExecuteScalar() as long?;
        var lines = entries.Where(entry => entry.TryGetProperty("reservation", out var of) && of.ValueKind == JsonValueKind.String).ToLookup(entry => Text(entry, "reservation"));
        Runs = [.. OfKind("reserved").Select(entry => entry.GetProperty("reservation")).Select(reserved => Follow(reserved, lines[Text(reserved, "id")]))];
    }

    /// <summary>Every reservation there ever was, in order.</summary>
    public IReadOnlyList<AuditedRun> Runs { get; }

    public IReadOnlyList<JsonElement> Refusals => refusals;

    /// <summary>The last moment at which the hub kept that it was up.</summary>
    public long? LastEvidence { get; }

    public static LedgerAudit Of(string directory)
    {
        using var file = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(directory, "stint.db"), Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ConnectionString);
        file.Open();
        using var transaction = file.BeginTransaction(deferred: true);
        return new(file);
    }

    /// <summary>What must hold at every moment of every hub.</summary>
    public void AssertSound()
    {
        Assert.Equal(Runs.Count, Runs.Select(run => run.Id).Distinct().Count());
        Assert.All(Runs, AssertCharged);
        Assert.All(Runs.Where(run => run.GrantedAt is not null).GroupBy(run => (run.Identity, run.WindowOpenedAt)), AssertWithinPurse);
        Assert.All(refusals, AssertTrue);
    }

    /// <summary>Ended once, for min(evidence, deadline), and charged what was measured.</summary>
    private static void AssertCharged(AuditedRun run)
    {
        Assert.True(run.Grants <= 1, $"{run.Id} was granted {run.Grants} times");
        Assert.True(run.Ends <= 1, $"{run.Id} ended {run.Ends} times");
        if (run.EndedAt is not { } endedAt) return;
        if (run.GrantedAt is not { } grantedAt)
        {
            Assert.Equal((0, 0), (run.Measured, run.Charged));
            return;
        }

        Assert.Equal(Math.Max(0, endedAt - grantedAt - run.Forgiven), run.Measured);
        Assert.Equal(run.Phase == "Settled" ? Math.Min(run.Measured * run.Weight / 1000, run.Ceiling) : 0, run.Charged);
        Assert.True(run.Charged <= run.Ceiling, $"{run.Id} was charged {run.Charged} ms of {run.Ceiling} ms");
    }

    /// <summary>All charges of a window together never pass what it granted.</summary>
    private void AssertWithinPurse(IGrouping<(string Identity, long? WindowOpenedAt), AuditedRun> window)
    {
        var charged = window.Sum(run => run.Charged);
        var raised = OfKind("plan-observed").Where(entry => Text(entry, "identity") == window.Key.Identity && entry.TryGetProperty("raisedTo", out _)).Select(entry => entry.GetProperty("raisedTo").GetInt64());
        var allowance = raised.Append(window.Max(run => run.Allowance)).Max();
        Assert.True(charged <= allowance, $"{window.Key.Identity} was charged {charged} ms of {allowance} ms");
        if (ledgers[window.Key.Identity].TryGetProperty("current", out var current) && current.GetProperty("openedAt").GetInt64() == window.Key.WindowOpenedAt)
            Assert.Equal(charged, current.GetProperty("spent").GetInt64());
    }

    /// <summary>What was asked is more than what was left, and a promised moment is yet to come.</summary>
    private static void AssertTrue(JsonElement refusal)
    {
        var reasons = refusal.GetProperty("reasons").EnumerateArray().ToList();
        Assert.NotEmpty(reasons);
        foreach (var reason in reasons)
        {
            if (reason.TryGetProperty("required", out var required) && reason.TryGetProperty("left", out var left))
                Assert.True(required.GetInt64() > left.GetInt64(), $"a refusal says that {required} ms are not in {left} ms: {refusal}");
            if (reason.TryGetProperty("retryAt", out var at))
                Assert.True(at.GetInt64() > refusal.GetProperty("at").GetInt64(), $"a refusal says to try again at once: {refusal}");
        }
    }

    private static AuditedRun Follow(JsonElement reserved, IEnumerable<JsonElement> own)
    {
        var grants = own.Where(entry => Text(entry, "kind") == "granted").ToList();
        var ends = own.Where(entry => Text(entry, "kind") == "ended").ToList();
        var (lease, end) = (grants.FirstOrDefault(), ends.FirstOrDefault());
        var allowed = own.FirstOrDefault(entry => Text(entry, "kind") == "allowed");
        var ending = ends.Count > 0 ? end.GetProperty("ending") : default;
        return new(
            Text(reserved, "id"), Text(reserved, "identity"), reserved.GetProperty("weight").GetInt64(), reserved.GetProperty("ceiling").GetInt64(), grants.Count, ends.Count)
        {
            GrantedAt = grants.Count > 0 ? lease.GetProperty("lease").GetProperty("grantedAt").GetInt64() : null,
            WindowOpenedAt = grants.Count > 0 ? lease.GetProperty("lease").GetProperty("windowOpenedAt").GetInt64() : null,
            Allowance = grants.Count > 0 ? lease.GetProperty("allowance").GetInt64() : 0,
            AllowedAt = allowed.ValueKind == JsonValueKind.Object ? allowed.GetProperty("at").GetInt64() : null,
            WorkerPid = allowed.ValueKind == JsonValueKind.Object ? allowed.GetProperty("worker").GetProperty("pid").GetInt32() : null,
            Forgiven = own.Where(entry => Text(entry, "kind") == "downtime-forgiven").Sum(entry => entry.GetProperty("downtime").GetInt64()),
            EndedAt = ends.Count > 0 ? ending.GetProperty("at").GetInt64() : null,
            Phase = ends.Count > 0 ? Text(end, "phase") : null,
            Exit = ends.Count > 0 && ending.TryGetProperty("exit", out var exit) ? exit.GetString() : null,
            Measured = ends.Count > 0 ? ending.GetProperty("measured").GetInt64() : 0,
            Charged = ends.Count > 0 ? ending.GetProperty("charged").GetInt64() : 0,
        };
    }

    private IEnumerable<JsonElement> OfKind(string kind) => entries.Where(entry => Text(entry, "kind") == kind);

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private static IEnumerable<JsonElement> Bodies(SqliteConnection file, string sql)
    {
        using var command = file.CreateCommand();
#pragma warning disable CA2100 // Constant text of ours.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var rows = command.ExecuteReader();
        while (rows.Read()) yield return JsonDocument.Parse(rows.GetString(0)).RootElement;
    }
}

/// <summary>One reservation as its entries tell it. Times are milliseconds since 1970.</summary>
/// <param name="Weight">In thousandths.</param>
internal sealed record AuditedRun(string Id, string Identity, long Weight, long Ceiling, int Grants, int Ends)
{
    public long? GrantedAt { get; init; }
    public long? WindowOpenedAt { get; init; }
    public long Allowance { get; init; }
    public long? AllowedAt { get; init; }
    public int? WorkerPid { get; init; }
    public long Forgiven { get; init; }
    public long? EndedAt { get; init; }
    public string? Phase { get; init; }
    public string? Exit { get; init; }
    public long Measured { get; init; }
    public long Charged { get; init; }
}
