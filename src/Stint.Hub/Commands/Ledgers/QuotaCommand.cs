using System.CommandLine;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Billing;
using Stint.Hub.Billing.Purses;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Commands.Ledgers;

/// <summary><c>stint quota</c>: what an account has used and has left, read as the gate reads it.</summary>
internal static class QuotaCommand
{
    private const string RecognisedBy = "operator";
    private const int BarLength = 40;

    public static Command Create(Shell shell)
    {
        var account = Whose.Option();
        var command = shell.Noun("quota", "Shows GPU time used, held and left: of one account, or of all in a table.");
        command.Add(account);
        return shell.Verb(command, call => call.Get(account) is { } name
            ? Whose.Of(call, name) is { } one ? Show(call, one) : call.Terminal.Refuse(AccountCommands.Unknown(name))
            : List(call));
    }

    private static int Show(Call call, Account account)
    {
        var snapshot = Read(call, account);
        return call.Terminal.Say(QuotaAnswer.Of(snapshot, account, RecognisedBy), [.. Lines(account, snapshot)]);
    }

    private static int List(Call call)
    {
        var rows = call.Hub.Catalogue.Accounts().Select(account => (Account: account, Snapshot: Read(call, account))).ToList();
        return call.Terminal.Table(
            rows,
            row => QuotaAnswer.Of(row.Snapshot, row.Account, RecognisedBy),
            ("account", row => row.Account.Name),
            ("plan", row => row.Snapshot.Plan.Name),
            ("used", row => Used(row.Snapshot.Reading)),
            ("spent", row => Amounts.Of(row.Snapshot.Reading.Spent)),
            ("reserved", row => Amounts.Of(row.Snapshot.Reading.Reserved)),
            ("left", row => Amounts.Of(row.Snapshot.Reading.Left)),
            ("resets", row => row.Snapshot.Reading.ResetsAt is { } at ? Amounts.Of(at) : "no window open"));
    }

    private static IEnumerable<string> Lines(Account account, QuotaSnapshot snapshot)
    {
        var reading = snapshot.Reading;
        yield return $"{account.Name}, plan {snapshot.Plan.Name}: {Used(reading)} used";
        yield return Bar(reading);
        yield return $"spent     {Amounts.Of(reading.Spent)}";
        yield return $"reserved  {Amounts.Of(reading.Reserved)}";
        yield return $"left      {Amounts.Of(reading.Left)}";
        yield return reading.ResetsAt is { } at
            ? $"resets    {Amounts.OfLocal(at)} ({Amounts.Of(at)}), in {Amounts.About(at - reading.At)}"
            : "resets    no window is open; the next GPU use opens one";
        foreach (var credit in CreditAnswer.Of(snapshot.Ledger, snapshot.Now))
            yield return $"{credit.Kind,-8}  {credit.LeftSeconds:0.###} of {credit.AmountSeconds:0.###} s left, {credit.State}, until {Amounts.Of(Instant.From(credit.ExpiresAt))}: {credit.Reason} ({credit.Approver})";
        if (snapshot.Ledger.Credits.InOrder.Count > 0) yield return $"ceiling   {Amounts.Of(snapshot.Ledger.Ceilings.Beyond)} of credits in a window";
        foreach (var hold in HoldAnswer.Of(snapshot))
            yield return $"  {hold.Phase}  {hold.Space}{hold.Endpoint}  holds {hold.HeldSeconds} s, used {hold.UsedSeconds} s, until {Amounts.Of(Instant.From(hold.Until))}";
        if (QuotaTexts.Notice(snapshot.Plan, reading) is { } notice) yield return notice;
        yield return QuotaTexts.RuleSentence(snapshot.Plan);
    }

    private static string Used(QuotaReading reading) => $"{Minutes(reading.Spent):0.0} / {Minutes(reading.Allowance):0.##} minutes";

    /// <summary>Spent, reserved and left in proportion; whatever is not nothing shows.</summary>
    private static string Bar(QuotaReading reading)
    {
        var spent = Share(reading.Spent, reading);
        var reserved = Math.Min(Share(reading.Reserved, reading), BarLength - spent);
        return $"[{new string('#', spent)}{new string('+', reserved)}{new string('.', BarLength - spent - reserved)}]";
    }

    private static int Share(GpuTime part, QuotaReading of) =>
        of.Allowance == GpuTime.Zero ? 0 : (int)Math.Ceiling(BarLength * part.InSeconds() / of.Allowance.InSeconds());

    private static decimal Minutes(GpuTime time) => time.InSeconds() / 60;

    private static QuotaSnapshot Read(Call call, Account account) =>
        QuotaSnapshot.Take(call.Hub.Reads, call.Hub.Catalogue, IdentityId.Of(account.Id), call.Hub.LedgerNow);
}
