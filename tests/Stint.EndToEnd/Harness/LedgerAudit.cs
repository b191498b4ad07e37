using System.Text.Json;
using Microsoft.Data.Sqlite;
using Stint.Hub.Store;
using Xunit;

namespace Stint.EndToEnd.Harness;

/// <summary>
/// Goes through a hub's data file as a stranger would: by SQL and JSON alone, adding everything up again from the entries.
/// What holds here holds whatever the hub itself says of it.
/// </summary>
internal sealed class LedgerAudit
{
    private readonly List<Line> lines;
    private readonly List<JsonElement> refusals;
    private string directory = "";
    private readonly Dictionary<string, (long? OpenedAt, long Spent)> windows = [];

    private LedgerAudit(SqliteConnection file)
    {
        lines = [.. Rows(file, "SELECT at, kind, identity, reservation, amount, body FROM entries ORDER BY seq", row => new Line(
            row.GetInt64(0), row.GetString(1), Text(row, 2), Text(row, 3), row.IsDBNull(4) ? 0 : row.GetInt64(4), Text(row, 5)))];
        refusals = [.. Rows(file, "SELECT body FROM refusals", row => JsonDocument.Parse(row.GetString(0)).RootElement)];
        foreach (var (identity, openedAt, spent) in Rows(file, "SELECT identity, window_opened_at, window_spent FROM ledgers", row => (row.GetString(0), Number(row, 1), Number(row, 2) ?? 0)))
            windows[identity] = (openedAt, spent);
        using var evidence = file.CreateCommand();
        evidence.CommandText = "SELECT at FROM evidence";
        LastEvidence = evidence.ExecuteScalar() as long?;
        var own = lines.Where(line => line.Reservation is not null).ToLookup(line => line.Reservation!);
        const string asked = """
            SELECT r.id, r.identity, r.weight, r.ceiling, r.window_opened_at, r.ended_at, r.phase, r.exit, r.measured, r.charged
            FROM entries e JOIN reservations r ON r.id = e.reservation WHERE e.kind = 'reserved' ORDER BY e.seq
            """;
        Runs = [.. Rows(file, asked, row => Follow(row, [.. own[row.GetString(0)]]))];
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
        return new(file) { directory = directory };
    }

    /// <summary>What must hold at every moment of every hub.</summary>
    public void AssertSound()
    {
        // The product's own audit, which folds every entry anew; the rest of this looks from outside.
        Assert.Empty(Hub.Store.Audits.LedgerAudit.Of(new Database(directory)).Discrepancies);
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
        var weighed = run.Phase == "Settled" ? Math.Min(run.Measured * run.Weight / 1000, run.Ceiling) : 0;
        // Past its funds a run may go on for five seconds that the house pays.
        if (run.HasCourtesy) Assert.InRange(run.Charged, weighed - (5 * run.Weight), weighed);
        else Assert.Equal(weighed, run.Charged);
        Assert.True(run.Charged <= run.Ceiling, $"{run.Id} was charged {run.Charged} ms of {run.Ceiling} ms");
    }

    /// <summary>All charges of a window together never pass what it granted.</summary>
    private void AssertWithinPurse(IGrouping<(string Identity, long? WindowOpenedAt), AuditedRun> window)
    {
        var charged = window.Sum(run => run.Charged);
        var raised = lines.Where(line => line.Kind == "plan-observed" && line.Identity == window.Key.Identity)
            .Select(line => JsonDocument.Parse(line.Body!).RootElement)
            .Where(entry => entry.TryGetProperty("raisedTo", out _)).Select(entry => entry.GetProperty("raisedTo").GetInt64());
        var allowance = raised.Append(window.Max(run => run.Allowance)).Max();
        Assert.True(charged <= allowance, $"{window.Key.Identity} was charged {charged} ms of {allowance} ms");
        var (openedAt, spent) = windows[window.Key.Identity];
        if (openedAt == window.Key.WindowOpenedAt) Assert.Equal(charged, spent);
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

    private static AuditedRun Follow(SqliteDataReader row, List<Line> own)
    {
        var grants = own.FindAll(line => line.Kind == "granted");
        var ends = own.FindAll(line => line.Kind == "ended");
        var (grant, end, allowed) = (grants.FirstOrDefault(), ends.FirstOrDefault(), own.Find(line => line.Kind == "allowed"));
        return new(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), grants.Count, ends.Count)
        {
            GrantedAt = grant?.At,
            WindowOpenedAt = Number(row, 4),
            Allowance = grant is { Body: ['{', ..] json } ? JsonDocument.Parse(json).RootElement.GetProperty("allowance").GetInt64() : grant?.Amount ?? 0,
            AllowedAt = allowed?.At,
            HasCourtesy = own.Exists(line => line.Kind == "courtesy-given"),
            WorkerPid = allowed is null ? null : int.Parse(allowed.Body!.Split(' ')[0]),
            Forgiven = own.Where(line => line.Kind == "downtime-forgiven").Sum(line => line.Amount),
            EndedAt = end is null ? null : Number(row, 5),
            Phase = end is null ? null : row.GetString(6),
            Exit = end is null ? null : Text(row, 7),
            Measured = end is null ? 0 : Number(row, 8) ?? 0,
            Charged = end is null ? 0 : Number(row, 9) ?? 0,
        };
    }

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static long? Number(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private static IEnumerable<T> Rows<T>(SqliteConnection file, string sql, Func<SqliteDataReader, T> read)
    {
        using var command = file.CreateCommand();
#pragma warning disable CA2100 // Constant text of ours.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var rows = command.ExecuteReader();
        while (rows.Read()) yield return read(rows);
    }

    /// <summary>One entry: what its kind says in a number and a word, or in JSON where it is uncommon.</summary>
    private sealed record Line(long At, string Kind, string? Identity, string? Reservation, long Amount, string? Body);
}

/// <summary>One reservation as its entries tell it. Times are milliseconds since 1970.</summary>
/// <param name="Weight">In thousandths.</param>
internal sealed record AuditedRun(string Id, string Identity, long Weight, long Ceiling, int Grants, int Ends)
{
    public long? GrantedAt { get; init; }
    public long? WindowOpenedAt { get; init; }
    public long Allowance { get; init; }
    public long? AllowedAt { get; init; }
    public bool HasCourtesy { get; init; }
    public int? WorkerPid { get; init; }
    public long Forgiven { get; init; }
    public long? EndedAt { get; init; }
    public string? Phase { get; init; }
    public string? Exit { get; init; }
    public long Measured { get; init; }
    public long Charged { get; init; }
}
