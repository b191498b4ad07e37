using System.CommandLine;
using Stint.Core.Identities;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota.Purses;
using Stint.Hub.Billing.Purses;
using Stint.Hub.Engine;
using Stint.Hub.Texts;

namespace Stint.Hub.Commands.Purses;

/// <summary><c>stint credit</c>: GPU time beyond plans. A boost counts as allowance; a credit is spent up to the ceiling its holder sets.</summary>
internal static class CreditCommands
{
    private const string SponsorPrefix = "sponsor:";

    public static Command Create(Shell shell) => shell.Noun(
        "credit", "Grants, lists and withdraws GPU time beyond plans, and lets a sponsor pool pay at a Space.", Grant(shell), List(shell), Withdraw(shell), Sponsor(shell));

    private static Argument<string> Holder() => new("ACCOUNT") { Description = $"Who gets it: a user name, or {SponsorPrefix}NAME for a sponsor pool." };

    private static Option<string> Reason() => new("--reason") { Description = "Why; stands on receipts and in lists.", HelpName = "TEXT", Required = true };

    private static Option<string> Approver() => new("--approver") { Description = "Who approves it.", HelpName = "NAME", DefaultValueFactory = _ => $"command line ({Environment.UserName})" };

    private static Command Grant(Shell shell)
    {
        var (holder, reason, approver) = (Holder(), Reason(), Approver());
        var amount = new Argument<TimeSpan>("AMOUNT") { Description = "GPU time, as in 10m.", CustomParser = result => SpanText.Parse(result) };
        var expires = new Option<TimeSpan>("--expires") { Description = "How long it lasts, as in 30d.", HelpName = "SPAN", Required = true, CustomParser = result => SpanText.Parse(result) };
        var boost = new Option<bool>("--boost") { Description = "Counts as allowance: its holder need not set a ceiling first." };
        var key = new Option<string?>("--key") { Description = "Names this grant: given again with the same key it is granted once.", HelpName = "KEY" };
        var command = new Command("grant", "Grants GPU time that is used when the allowance is used up.") { holder, amount, expires, reason, boost, approver, key };
        return shell.Verb(command, async (call, stopping) =>
        {
            if (IdentityOf(call, call.Get(holder)) is not { } identity) return call.Terminal.Refuse(AccountCommands.Unknown(call.Get(holder)));
            if (call.Get(reason) is not { Length: > 0 and <= PurseTexts.LongestReason }) return call.Terminal.Refuse(PurseTexts.ReasonRule);
            var id = call.Get(key) is { } named ? NewId.OfCredit(new AccountId("command line"), named) : NewId.OfCredit();
            var grant = new GrantCredit(
                identity, id, call.Get(boost) ? CreditKind.Boost : CreditKind.Credit, new((long)call.Get(amount).TotalMilliseconds), call.Hub.LedgerNow + call.Get(expires),
                call.Get(reason), call.Get(approver));
            return await Given.Async(
                call, id.Value, grant, $"{call.Get(holder)} has {SpanText.Of(call.Get(amount))} of GPU time more, until {Amounts.Of(grant.ExpiresAt)} ({id}).", stopping,
                other => ((GrantCredit)other) with { ExpiresAt = default });
        });
    }

    private static Command List(Shell shell)
    {
        var account = new Option<string?>("--account") { Description = $"A user name, or {SponsorPrefix}NAME; without it everyone's.", HelpName = "NAME" };
        var command = new Command("list", "Lists credits and boosts with what became of them, in the order in which they pay.") { account };
        return shell.Verb(command, call =>
        {
            if (call.Get(account) is { } name && IdentityOf(call, name) is null) return call.Terminal.Refuse(AccountCommands.Unknown(name));
            var holders = call.Get(account) is { } one ? [IdentityOf(call, one)!.Value] : call.Hub.Instructions.Holders();
            var rows = holders.SelectMany(holder => CreditAnswer.Of(call.Hub.Reads.Ledger(holder), call.Hub.LedgerNow).Select(credit => (Holder: Ledgers.Whose.NameOf(call, holder), Credit: credit))).ToList();
            return call.Terminal.Table(
                rows,
                row => new { row.Holder, row.Credit },
                ("holder", row => row.Holder),
                ("kind", row => row.Credit.Kind),
                ("state", row => row.Credit.State),
                ("amount", row => $"{row.Credit.AmountSeconds:0.###} s"),
                ("spent", row => $"{row.Credit.SpentSeconds:0.###} s"),
                ("held", row => $"{row.Credit.ReservedSeconds:0.###} s"),
                ("left", row => $"{row.Credit.LeftSeconds:0.###} s"),
                ("until", row => $"{row.Credit.ExpiresAt:yyyy-MM-dd HH:mm} UTC"),
                ("approver", row => row.Credit.Approver),
                ("reason", row => row.Credit.Reason),
                ("id", row => row.Credit.Id));
        });
    }

    private static Command Withdraw(Shell shell)
    {
        var id = new Argument<string>("ID") { Description = "The credit, as the list calls it." };
        var (reason, approver) = (Reason(), Approver());
        var command = new Command("withdraw", "Takes back what is neither spent nor held of a credit.") { id, reason, approver };
        return shell.Verb(command, async (call, stopping) => call.Hub.Instructions.Find(call.Get(id)) is { Instruction: GrantCredit grant }
            ? await Given.Async(
                call, NewId.OfInstruction(), new WithdrawCredit(grant.Identity, grant.Id, call.Get(reason), call.Get(approver)), $"{grant.Id} is withdrawn; what a run holds of it stays that run's.", stopping)
            : call.Terminal.Refuse($"there is no credit '{call.Get(id)}'; see: stint credit list"));
    }

    private static Command Sponsor(Shell shell)
    {
        var name = SpaceCommands.Name();
        var pool = new Argument<string>("POOL") { Description = "The sponsor pool that pays there when a visitor's own GPU time ends; '-' for none." };
        var command = new Command("sponsor", $"Lets a sponsor pool pay at a Space. Fill the pool with: stint credit grant {SponsorPrefix}POOL AMOUNT") { name, pool };
        return shell.Verb(command, call =>
        {
            if (SpaceCommands.Find(call, call.Get(name)) is not { } space) return call.Terminal.Refuse(SpaceCommands.Unknown(call.Get(name)));
            var chosen = call.Get(pool) is "-" ? null : call.Get(pool);
            if (chosen is not null && !Account.IsName(chosen)) return call.Terminal.Refuse($"'{chosen}' is no name of a pool: {Account.NameRule}");
            call.Hub.Catalogue.ChangeSpace(space.Id, was => was with { Sponsor = chosen });
            return call.Terminal.Say(
                new { Name = space.Id.ToString(), Sponsor = chosen }, chosen is null ? $"Nobody pays for visitors of {space.Id}." : $"Pool {chosen} pays at {space.Id} when a visitor's own GPU time ends.");
        });
    }

    private static IdentityId? IdentityOf(Call call, string holder) => holder.StartsWith(SponsorPrefix, StringComparison.Ordinal)
        ? Account.IsName(holder[SponsorPrefix.Length..]) ? IdentityId.OfSponsor(holder[SponsorPrefix.Length..]) : null
        : call.Hub.Catalogue.FindAccount(holder) is { } account ? IdentityId.Of(account.Id) : null;
}
