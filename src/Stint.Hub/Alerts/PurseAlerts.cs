using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Hub.Store.Alerts;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Alerts;

/// <summary>Which alerts the purses of an identity call for at one moment. Asking twice raises nothing twice: a key is told once.</summary>
internal static class PurseAlerts
{
    /// <summary>An alert, and the keys of higher thresholds of the same purse: where one of those was told, this is old news.</summary>
    public sealed record Called(Alert Alert, IReadOnlyCollection<string> Higher);

    public static IEnumerable<Called> Of(QuotaSnapshot quota)
    {
        var (identity, reading) = (quota.Identity, quota.Reading);
        // A sponsor has no allowance: its credits alone pay.
        if (identity.Account is not null && quota.Ledger.OpenWindow(quota.Now) is { } window
            && Call(identity, "allowance", $"{window.OpenedAt.UnixMilliseconds}", reading.Spent, reading.Allowance, window.ResetsAt, quota.Now) is { } used) yield return used;
        foreach (var credit in quota.Ledger.Credits.InOrder)
            if (credit.IsUsableAt(quota.Now) && Call(identity, credit.Id.Value, "", credit.Spent, credit.Amount, credit.ExpiresAt, quota.Now) is { } spent) yield return spent;
    }

    private static Called? Call(IdentityId identity, string purse, string window, GpuTime spent, GpuTime amount, Instant endsAt, Instant now)
    {
        if (Threshold.Reached(spent, amount) is not { } percent) return null;
        var subject = $"purse/{identity}/{purse}";
        return new(
            new(KeyOf(percent), now, AlertKind.PurseUsed, subject, identity, endsAt, new(purse, percent, spent, amount, endsAt)),
            [.. Threshold.Percents.Where(higher => higher > percent).Select(KeyOf)]);

        string KeyOf(int at) => $"{subject}/{window}/{at}";
    }
}
