using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Admin.People;

/// <summary>An account in the list, with what is left to it now.</summary>
public sealed record PersonRow(Account Account, QuotaReading Reading);

/// <param name="Next">The name that the next page goes on after; null on the last.</param>
public sealed record PeopleView(string Search, IReadOnlyList<PersonRow> Rows, string? Next);

/// <summary>One account as administrators see it.</summary>
/// <param name="HasPassword">False until its owner has chosen one.</param>
/// <param name="Receipts">The last to end first.</param>
/// <param name="Key">Names the grant that the page's form makes: sent twice, it is granted once.</param>
public sealed record PersonView(
    Account Account, bool HasPassword, QuotaSnapshot Quota, IReadOnlyList<Plan> Plans, IReadOnlyList<Receipt> Receipts, IReadOnlyList<IdleRule> IdleRules, string Key)
{
    public IReadOnlyList<Credit> Credits => Quota.Ledger.Credits.InOrder;
}

/// <summary>What became of what an administrator asked.</summary>
public sealed record Answer(string? Done, string? Problem = null)
{
    public static readonly Answer Nothing = new(Done: null);

    public int Status => Problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity;
}
