using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;

namespace Stint.Hub.Texts;

/// <summary>What pages say of who somebody is and of what is left to them, rendered from the plan in force and the one reading.</summary>
public static class VisitorTexts
{
    public const string NoRun = "None yet.";

    public static string SignedIn(Account account, Plan plan) =>
        $"You are {account.Name}, because you are signed in: what you run is counted to your account (plan '{plan.Name}', {Grant(plan)}).";

    public static string Anonymous(IdentityId identity, Plan plan) =>
        $"You are not signed in, so what you run is counted as an anonymous visitor ({identity.Network}): {Grant(plan)}, shared by everyone at that address.";

    public static string Left(QuotaReading reading) => $"{Amounts.Of(reading.Left)} of {Amounts.Of(reading.Allowance)} left";

    /// <summary>Spent and allowed, as the account page heads it: minutes with one decimal; the exact seconds stand beside it.</summary>
    public static string Minutes(QuotaReading reading) => $"{reading.Spent.InSeconds() / 60:0.0} / {reading.Allowance.InSeconds() / 60:0.#} minutes";

    public static string Parts(QuotaReading reading) =>
        $"{Amounts.Of(reading.Spent)} spent + {Amounts.Of(reading.Reserved)} reserved + {Amounts.Of(reading.Left)} left = {Amounts.Of(reading.Allowance)}";

    public static string Resets(QuotaReading reading) => reading.ResetsAt is { } at
        ? $"All of it is back at {Amounts.Of(at)}."
        : "The window opens at your first GPU use.";

    public static string Ended(Receipt receipt) => receipt.Exit is { } exit
        ? $"{Amounts.Of(receipt.EndedAt)}: {QuotaTexts.Exit(exit, receipt.Cause)}"
        : $"{Amounts.Of(receipt.EndedAt)}: no GPU was granted";

    private static string Grant(Plan plan) => $"{Amounts.Of(plan.Allowance)} of GPU time in {Window.Length.TotalHours:0.##} h";
}
