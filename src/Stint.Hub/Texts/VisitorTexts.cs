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

    /// <summary>How a run ended, where the moment stands beside it.</summary>
    public static string HowEnded(Receipt receipt) => receipt.Exit is { } exit ? QuotaTexts.Exit(exit, receipt.Cause) : "no GPU was granted";

    public const string NoTokenOnPages = "Programs send one; a browser's pages do not. Where one is sent to the Space, it decides before a sign-in.";
    public const string SignInDecides = "This browser sent the hub's own sign-in, and it holds. It decides who pays.";
    public const string NoSignIn = "This browser sent none. Sign in, and runs count to your account from then on.";

    public static string Address(IdentityId network, bool isSignedIn) => isSignedIn
        ? $"{network.Network}. It is always there, and is not asked as long as a sign-in holds."
        : $"{network.Network}. Nothing else spoke for anyone, so everyone at that address shares its GPU time.";

    /// <summary>Why the frame can know less than the page around it.</summary>
    public const string InTheFrame =
        "The Space has an address of its own and never sees the hub's cookie: when it opens, the hub signs this browser in there too. A browser that keeps no cookies at all is nobody there.";

    public static string LastRun(string counted) => $"Your last run here. {counted}";

    public const string StopCosts = "Ends what you have waiting and running in this Space. What waits costs nothing; what runs is charged up to that moment, and the rest of what it held is back at once.";
    public const string StopLeavesQueue = "Takes back what waits, at no cost. This Space lets runs that have begun end by themselves.";
    public const string StopNeedsSignIn = "Everyone at your address shares what runs here, so it is stopped where it was started: in the app, or by closing its page.";
    public const string Stopped = "Stopped. What waited cost nothing, what ran is charged up to that moment: the last run below says how much.";
    public const string StoppedWaiting = "What waited is taken back, at no cost. What had begun ends by itself.";

    private static string Grant(Plan plan) => $"{Amounts.Of(plan.Allowance)} of GPU time in {Window.Length.TotalHours:0.##} h";
}
