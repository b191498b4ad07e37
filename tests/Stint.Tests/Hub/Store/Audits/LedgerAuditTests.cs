using Dapper;
using Stint.Core.Leasing;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Store.Audits;
using Stint.Hub.Store.Ledgers;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Hub.Store.Audits;

/// <summary>A sound ledger passes; whatever is changed in it behind the hub's back is named.</summary>
public sealed class LedgerAuditTests : IDisposable
{
    private readonly HubFolder folder = new();

    public LedgerAuditTests()
    {
        using var store = new SqliteLedgerStore(folder.Database);
        var step = new DecisionStep(store);
        Step(step, 0, new JoinSlots("n0", [SlotNamed("n0/0"), SlotNamed("n0/1")]));
        Step(step, 1, Request("settled", Ada, PlanOf(120), Function()));
        Step(step, 2, new AllowWorker(new("settled"), Paint, Worker()));
        Step(step, 7, new ReleaseLease(new("settled"), Paint, Failed: false));
        Step(step, 8, Request("running", Ada, PlanOf(120), Function()));
        Step(step, 9, new AllowWorker(new("running"), Paint, Worker(101)));
        Step(step, 10, Request("void", Bob, PlanOf(120), Function()));
        Step(step, 11, new Cancel(new("void"), Undelivered: true));
        Step(step, 12, Request("refused", Bob, PlanOf(5), Function(space: Sing) with { DeclaredMilliseconds = 6_000 }));
    }

    [Fact, Trait("Behaviour", "B42")]
    public void Audit_OfALedgerAsTheHubWroteIt_IsSound()
    {
        var report = LedgerAudit.Of(folder.Database);
        Assert.Empty(report.Discrepancies);
        Assert.Equal((2, 3, 1), (report.Ledgers, (int)report.Reservations, report.Open));
    }

    [Theory]
    [InlineData("UPDATE ledgers SET window_spent = window_spent - 1 WHERE window_spent > 0", "fold")]
    [InlineData("UPDATE ledgers SET window_grants = window_grants + 1 WHERE window_grants > 0", "fold")]
    [InlineData("UPDATE reservations SET charged = charged + 1 WHERE id = 'settled'", "fold")]
    [InlineData("UPDATE reservations SET phase = 'Queued' WHERE id = 'running'", "fold")]
    [InlineData("DELETE FROM reservations WHERE id = 'void'", "unreadable")]
    [InlineData("UPDATE entries SET at = at + 1 WHERE kind = 'ended' AND reservation = 'settled'", "life")]
    [InlineData("DELETE FROM entries WHERE kind = 'granted' AND reservation = 'settled'", "fold")]
    [InlineData("DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries WHERE reservation = 'void')", "fold")]
    [InlineData("INSERT INTO entries (at, kind, identity, reservation, amount, body) SELECT at, kind, identity, reservation, amount, body FROM entries WHERE kind = 'ended'", "fold")]
    [InlineData("DELETE FROM refusals", "unreadable")]
    [InlineData("DELETE FROM slots WHERE id = 'n0/1'", "fold")]
    [InlineData("UPDATE histories SET runs = '1'", "fold")]
    [InlineData("UPDATE evidence SET at = at + 3600000", "overdue")]
    public void Audit_OfALedgerThatWasTamperedWith_NamesIt(string tampering, string code)
    {
        using (var writer = folder.Database.OpenWriter()) Assert.True(writer.Execute(tampering) > 0, "nothing was tampered with");
        Assert.Contains(code, LedgerAudit.Of(folder.Database).Discrepancies.Select(found => found.Code));
    }

    [Fact]
    public void Backup_OfAHubThatServes_IsTheSameLedgerAndItsOwnersAlone()
    {
        var file = Path.Combine(folder.Path, "copy.db");
        Backups.Make(folder.Database, file);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Throws<HubDirectoryException>(() => Backups.Make(folder.Database, file));
        using var other = new HubDirectory(Path.Combine(folder.Path, "other"));
        var (report, former) = Backups.Restore(other, file, replaces: false);
        Assert.True(report.IsSound);
        Assert.Null(former);
        Assert.Equal(LedgerAudit.Of(folder.Database).ToString(), LedgerAudit.Of(new Database(other.Path)).ToString());
    }

    [Fact]
    public void Restore_OverAHub_NeedsForceAndKeepsWhatWasThere()
    {
        var file = Path.Combine(folder.Path, "copy.db");
        Backups.Make(folder.Database, file);
        var path = Path.Combine(folder.Path, "other");
        using (var first = new HubDirectory(path)) Backups.Restore(first, file, replaces: false);
        using (var careful = new HubDirectory(path)) Assert.Throws<HubDirectoryException>(() => Backups.Restore(careful, file, replaces: false));
        using (var again = new HubDirectory(path))
        {
            Assert.True(File.Exists(Backups.Restore(again, file, replaces: true).Former));
            using var third = new HubDirectory(path);
            Assert.Contains("another hub", Assert.Throws<HubDirectoryException>(() => Backups.Restore(third, file, replaces: true)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Restore_OfADamagedBackup_ChangesNothing()
    {
        using (var writer = folder.Database.OpenWriter()) writer.Execute("UPDATE ledgers SET window_spent = window_spent + 1 WHERE window_spent > 0");
        var file = Path.Combine(folder.Path, "copy.db");
        Backups.Make(folder.Database, file);
        using var other = new HubDirectory(Path.Combine(folder.Path, "other"));
        Assert.Contains("damaged", Assert.Throws<HubDirectoryException>(() => Backups.Restore(other, file, replaces: false)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(other.Path, Database.FileName)));
    }

    public void Dispose() => folder.Dispose();

    private static void Step(DecisionStep step, int seconds, Command command)
    {
        var at = Start + TimeSpan.FromSeconds(seconds);
        step.Step([new(command, at)], at);
    }
}
