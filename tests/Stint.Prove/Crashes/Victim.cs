using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Stint.Core.Quota;
using Stint.Hub.Store;
using Stint.Hub.Store.Audits;
using Stint.Hub.Store.Ledgers;

namespace Stint.Prove.Crashes;

/// <summary>A data directory, and one process after another that works on it and is killed.</summary>
internal sealed class Victim : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public string Folder { get; } = Directory.CreateTempSubdirectory("stint-crash-").FullName;

    /// <summary>Commits that callers were told had failed.</summary>
    public int Failed { get; private set; }

    /// <summary>Everything that was answered, over all processes.</summary>
    public int Answers { get; private set; }

    /// <summary>Lets a process work and kills it so long after its first answer, unless it ended before. Says what is wrong then; null where nothing is.</summary>
    /// <param name="wrap">What the process is started through; null for nothing.</param>
    public string? Kill(TimeSpan after, Func<ProcessStartInfo, ProcessStartInfo>? wrap = null) => Look(Run(after, wrap));

    /// <summary>The same, and nobody has looked at what it left.</summary>
    public void KillUnread(TimeSpan after) => Run(after, null);

    public AuditReport Audit() => LedgerAudit.Of(new Database(Folder));

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(Folder, recursive: true);
    }

    private List<string> Run(TimeSpan after, Func<ProcessStartInfo, ProcessStartInfo>? wrap)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Victim).Assembly.Location, "crash-child", Folder]) { RedirectStandardOutput = true };
        start.Environment["DOTNET_TieredPGO"] = "0";
        using var process = Process.Start(wrap?.Invoke(start) ?? start)!;
        var lines = new List<string>();
        var reading = Task.Run(() => Read(process, lines));
        var began = Stopwatch.StartNew();
        // The first line says that it is ready, the second is its first answer.
        var awaited = after == TimeSpan.Zero ? 1 : 2;
        while (Count(lines) < awaited && !process.HasExited && began.Elapsed < Patience) Thread.Sleep(1);
        if (Count(lines) > 0) process.WaitForExit(after);
        if (!process.HasExited) process.Kill();
        process.WaitForExit();
        reading.Wait();
        return lines;
    }

    /// <summary>The audit passes, and everything that was answered is there.</summary>
    private string? Look(List<string> lines)
    {
        Failed += lines.Count(line => line == "failed");
        Answers += lines.Count;
        try
        {
            var report = Audit();
            if (!report.IsSound) return $"{report}; {report.Discrepancies[0]}";
            var reads = new LedgerReads(new Database(Folder));
            return lines.Select(line => Missing(reads, line.Split(' '))).FirstOrDefault(missing => missing is not null);
        }
        catch (HubDirectoryException e)
        {
            return e.Message;
        }
        finally
        {
            SqliteConnection.ClearAllPools();
        }
    }

    private static string? Missing(LedgerReads reads, string[] answered) => answered switch
    {
        ["refused", var id] when reads.Refusal(new RefusalId(id)) is null => $"refusal {id} was answered and is not kept",
        ["reserved", var id] when reads.EntriesOf(new ReservationId(id)).Count == 0 => $"reservation {id} was answered and is not kept",
        ["ended", var id, var charged] when reads.Receipt(new ReservationId(id))?.Charged.Milliseconds.ToString() != charged => $"the end of {id} at {charged} ms was answered and is not kept",
        _ => null,
    };

    private static int Count(List<string> lines)
    {
        lock (lines) return lines.Count;
    }

    /// <summary>Whole lines only: the last one may have been cut off by the kill.</summary>
    private static void Read(Process process, List<string> lines)
    {
        var pending = new System.Text.StringBuilder();
        var buffer = new char[4096];
        for (int count; (count = process.StandardOutput.Read(buffer)) > 0;)
        {
            pending.Append(buffer, 0, count);
            var text = pending.ToString();
            var end = text.LastIndexOf('\n');
            if (end < 0) continue;
            pending.Clear().Append(text.AsSpan(end + 1));
            lock (lines) lines.AddRange(text[..end].Split('\n'));
        }
    }
}
