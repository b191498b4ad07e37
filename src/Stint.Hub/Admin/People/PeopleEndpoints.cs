using System.Globalization;
using Stint.Core.Identities;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Store.Instructions;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Admin.People;

/// <summary>Accounts: found, looked at, put on another plan, given a way to a new password, credits and boosts.</summary>
internal sealed class PeopleEndpoints(Catalogue catalogue, LedgerReads reads, LedgerClock clock, InstructionBox box)
{
    private const int OnAPage = 50;
    private const int LongestSearch = 64;
    private const int ShownReceipts = 20;
    private const string KeyPrefix = "page:";
    private static readonly TimeSpan DecidedWithin = TimeSpan.FromSeconds(5);

    public IResult List(string? search, string? after)
    {
        var part = search is { Length: <= LongestSearch } ? search.Trim() : "";
        var found = catalogue.FindAccounts(part, after is { Length: <= LongestSearch } ? after : "", OnAPage + 1);
        var rows = found.Take(OnAPage).Select(account => new PersonRow(account, QuotaSnapshot.Take(reads, catalogue, IdentityId.Of(account.Id), clock.Now).Reading)).ToList();
        return Pages.Page<PeoplePage>(new { View = new PeopleView(part, rows, found.Count > OnAPage ? rows[^1].Account.Name : null) });
    }

    public IResult Show(string name) => catalogue.FindAccount(name) is { } account ? Page(account, Answer.Nothing) : Missing(name);

    public IResult SetPlan(string name, Administrator by) => Change(name, account =>
    {
        var plan = by.Field("plan");
        return catalogue.SetPlan(account.Id, plan) switch
        {
            ChangeAccountOutcome.Changed => new($"{account.Name} is on plan {plan} (was {account.Plan}). A larger allowance counts at once, a smaller one from the next window."),
            ChangeAccountOutcome.PlanUnknown => new(null, $"No plan is named '{plan}'."),
            ChangeAccountOutcome.AccountUnknown or ChangeAccountOutcome.LastAdministrator => new(null, "The account is not there any more."),
        };
    });

    /// <summary>1 what is asked, in full 2 for how long 3 given under the id that the page named, so that a form sent twice grants once.</summary>
    public Task<IResult> GrantAsync(string name, Administrator by, CancellationToken stop) => ChangeAsync(name, async account =>
    {
        // 1
        if (by.Milliseconds("amount") is not (> 0 and { } amount)) return new(null, PurseTexts.Problem(InstructionOutcome.AmountInvalid));
        if (by.Field("reason") is not { Length: > 0 and <= PurseTexts.LongestReason } reason) return new(null, PurseTexts.ReasonRule);
        if (by.Field("kind") is not ("boost" or "credit") || !by.Field("key").StartsWith(KeyPrefix, StringComparison.Ordinal)) return new(null, PageForms.TooOld);
        // 2
        if (!decimal.TryParse(by.Field("days"), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var days) || days is <= 0 or > 366) return new(null, PurseTexts.Problem(InstructionOutcome.ExpiryInvalid));
        // 3
        var kind = by.Field("kind") == PurseShare.Word(CreditKind.Boost) ? CreditKind.Boost : CreditKind.Credit;
        var id = NewId.OfCredit(by.Account.Id, by.Field("key"));
        var grant = new GrantCredit(IdentityId.Of(account.Id), id, kind, new GpuTime(amount), clock.Now + TimeSpan.FromDays((double)days), reason, by.Account.Name);
        return await GiveAsync(
            id.Value, grant, $"{account.Name} has {Amounts.Of(grant.Amount)} of GPU time more, until {Amounts.Of(grant.ExpiresAt)}.", stop, other => ((GrantCredit)other) with { ExpiresAt = default }).ConfigureAwait(false);
    });

    public Task<IResult> WithdrawAsync(string name, Administrator by, CancellationToken stop) => ChangeAsync(name, async account =>
    {
        if (by.Field("reason") is not { Length: > 0 and <= PurseTexts.LongestReason } reason) return new(null, PurseTexts.ReasonRule);
        var id = new CreditId(by.Field("credit"));
        return await GiveAsync(NewId.OfInstruction(), new WithdrawCredit(IdentityId.Of(account.Id), id, reason, by.Account.Name), $"{id} is withdrawn; what a run holds of it stays that run's.", stop).ConfigureAwait(false);
    });

    private async Task<Answer> GiveAsync(string id, Instruction instruction, string done, CancellationToken stop, Func<Instruction, Instruction>? same = null)
    {
        var outcome = await box.GiveAsync(id, instruction, clock.Now, DecidedWithin, stop, same).ConfigureAwait(false);
        return outcome is not { } decided ? new(null, PurseTexts.Undecided) : PurseTexts.Problem(decided) is { } problem ? new(null, problem) : new(done);
    }

    private IResult Change(string name, Func<Account, Answer> change) => catalogue.FindAccount(name) is { } account ? Page(account, change(account)) : Missing(name);

    private async Task<IResult> ChangeAsync(string name, Func<Account, Task<Answer>> change) =>
        catalogue.FindAccount(name) is { } account ? Page(account, await change(account).ConfigureAwait(false)) : Missing(name);

    /// <summary>As it is after the change, so that the page says what holds.</summary>
    private IResult Page(Account before, Answer answer)
    {
        if (catalogue.FindAccount(before.Id) is not { } account) return Missing(before.Name);
        var identity = IdentityId.Of(account.Id);
        var quota = QuotaSnapshot.Take(reads, catalogue, identity, clock.Now);
        var credits = quota.Ledger.Credits.InOrder.Where(credit => credit.IsUsableAt(quota.Now)).Aggregate(GpuTime.Zero, (sum, credit) => sum + credit.Amount);
        // A sponsor of some Space may pay there, without an end that this page could know.
        var further = catalogue.Spaces().Any(space => space.Sponsor is not null) ? (GpuTime?)null : credits;
        var view = new PersonView(
            account, catalogue.PasswordHash(account.Id) is not null, quota, catalogue.Plans(), reads.Receipts(identity, ShownReceipts),
            [.. IdleRules.Of(quota.Ledger.Ceilings, quota.Plan, credits, further)], KeyPrefix + NewId.OfInstruction());
        return Pages.Page<PersonPage>(new { View = view, Answer = answer }, answer.Status);
    }

    private static IResult Missing(string name) => Pages.Notice("No such account", $"No account is named '{name}'.", StatusCodes.Status404NotFound);
}

internal static class PeopleRoutes
{
    public static void MapPeople(this IEndpointRouteBuilder rooms)
    {
        rooms.MapGet(AdminPaths.People, (PeopleEndpoints people, string? search, string? after) => people.List(search, after));
        rooms.MapGet(AdminPaths.People + "/{name}", (PeopleEndpoints people, string name) => people.Show(name));
        rooms.MapPost(AdminPaths.People + "/{name}/plan", (PeopleEndpoints people, string name, HttpContext context) => people.SetPlan(name, Administrator.Of(context)));
        rooms.MapPost(AdminPaths.People + "/{name}/credits", (PeopleEndpoints people, string name, HttpContext context) => people.GrantAsync(name, Administrator.Of(context), context.RequestAborted));
        rooms.MapPost(AdminPaths.People + "/{name}/withdraw", (PeopleEndpoints people, string name, HttpContext context) => people.WithdrawAsync(name, Administrator.Of(context), context.RequestAborted));
    }
}
