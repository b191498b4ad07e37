using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Core.Spaces;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Billing.Purses;

/// <summary>The credits of an identity, in the order in which they pay.</summary>
public sealed record CreditsAnswer(string Identity, IReadOnlyList<CreditAnswer> Credits);

/// <summary>GPU time that an administrator granted. Always: spent + reserved + left = amount, while it can pay.</summary>
/// <param name="Id">What it is called when it is withdrawn.</param>
/// <param name="Purse">What receipts and refusals call it.</param>
/// <param name="Kind"><c>boost</c>: used right after the allowance. <c>credit</c>: used up to the ceiling its holder set.</param>
/// <param name="State"><c>usable</c>, <c>spent</c>, <c>expired</c> or <c>withdrawn</c>.</param>
public sealed record CreditAnswer(
    string Id, string Purse, string Kind, string State, long AmountMilliseconds, decimal AmountSeconds, long SpentMilliseconds, decimal SpentSeconds,
    long ReservedMilliseconds, decimal ReservedSeconds, long LeftMilliseconds, decimal LeftSeconds, DateTime GrantedAt, DateTime ExpiresAt, string Reason, string Approver)
{
    internal static CreditAnswer Of(IdentityId of, Credit credit, Instant now) => new(
        credit.Id.Value, PurseId.OfCredit(of, credit.Id).Value, PurseShare.Word(credit.Kind), PurseTexts.State(credit, now),
        credit.Amount.Milliseconds, credit.Amount.InSeconds(), credit.Spent.Milliseconds, credit.Spent.InSeconds(),
        credit.Held.Milliseconds, credit.Held.InSeconds(), credit.LeftAt(now).Milliseconds, credit.LeftAt(now).InSeconds(),
        credit.GrantedAt.ToUtc().UtcDateTime, credit.ExpiresAt.ToUtc().UtcDateTime, credit.Reason, credit.Approver);

    internal static IReadOnlyList<CreditAnswer> Of(Ledger ledger, Instant now) => [.. ledger.Credits.InOrder.Select(credit => Of(ledger.Identity, credit, now))];
}

/// <summary>What an identity allows itself.</summary>
/// <param name="BeyondSeconds">GPU time that credits may pay in a window, beyond the allowance; 0 until it is set.</param>
/// <param name="BeyondUsedSeconds">Of that, spent and held in this window.</param>
public sealed record CeilingsAnswer(
    long BeyondMilliseconds, decimal BeyondSeconds, long BeyondUsedMilliseconds, decimal BeyondUsedSeconds, IReadOnlyList<SpaceCeilingAnswer> Spaces, string Rule)
{
    internal static CeilingsAnswer Of(QuotaSnapshot snapshot)
    {
        var (ceilings, used) = (snapshot.Ledger.Ceilings, snapshot.Ledger.BeyondIn(snapshot.Ledger.OpenWindow(snapshot.Now)));
        return new(
            ceilings.Beyond.Milliseconds, ceilings.Beyond.InSeconds(), used.Milliseconds, used.InSeconds(),
            [.. ceilings.Spaces.Select(ceiling => new SpaceCeilingAnswer(ceiling.Space.ToString(), ceiling.Limit.Milliseconds, ceiling.Limit.InSeconds()))], PurseTexts.CeilingRule);
    }
}

/// <summary>The most that an identity uses at one Space in 24 h from its first use there.</summary>
public sealed record SpaceCeilingAnswer(string Space, long LimitMilliseconds, decimal LimitSeconds);

/// <summary>A charge that came back.</summary>
/// <param name="Boost">The boost it came back as, where the purse that paid is over.</param>
public sealed record RefundAnswer(DateTime At, long AmountMilliseconds, decimal AmountSeconds, string Reason, string By, string? Boost)
{
    internal static RefundAnswer? Of(Refund? refund) => refund is null
        ? null
        : new(refund.At.ToUtc().UtcDateTime, refund.Amount.Milliseconds, refund.Amount.InSeconds(), refund.Reason, refund.By, refund.Boost?.Id.Value);
}

/// <summary>What is asked for in a credit.</summary>
/// <param name="Account">The user name of who gets it; or instead <paramref name="Sponsor"/>, the name of a sponsor pool.</param>
/// <param name="Kind"><c>boost</c> or <c>credit</c>; without it, <c>credit</c>.</param>
/// <param name="ExpiresInSeconds">From now; or instead <paramref name="ExpiresAt"/>.</param>
public sealed record CreditRequest(
    string? Account, decimal AmountSeconds, string? Reason, string? Kind = null, decimal? ExpiresInSeconds = null, DateTimeOffset? ExpiresAt = null, string? Sponsor = null);

/// <summary>What is asked for in a ceiling.</summary>
/// <param name="LimitSeconds">Null takes it away.</param>
/// <param name="Space"><c>OWNER/NAME</c>; without it, for all use beyond the allowance.</param>
public sealed record CeilingRequest(decimal? LimitSeconds, string? Space = null)
{
    internal SpaceId? SpaceId => Stint.Core.Spaces.SpaceId.TryParse(Space, out var id) ? id : null;
}

/// <summary>Why a charge comes back.</summary>
public sealed record RefundRequest(string? Reason);
