using System.Net;
using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Hub.Commands.Examining.Practice;
using Stint.Hub.Texts;

namespace Stint.Hub.Commands.Examining.Faults;

/// <summary>What the page of a refusal has to answer, of what was planted: whom, why, what now, and until when.</summary>
internal static class Answers
{
    /// <summary>A long call of somebody whom nobody recognised.</summary>
    /// <param name="from">Where it came from, as the hub sees it.</param>
    /// <param name="signedIn">Who reads the page; null for nobody who is signed in.</param>
    public static Expected Unknown(PracticeHub hub, IPAddress from, Account? signedIn = null) => new(
        "Ledger", signedIn is null
            ? $"You were counted as an anonymous visitor ({from}): no sign-in reached this Space. You are not signed in at this hub."
            : $"You were counted as an anonymous visitor ({from}): no sign-in reached this Space. At this hub you are signed in as {signedIn.Name},",
        Never(hub, Plan.Anonymous), signedIn is null ? "Sign in and come back to the Space" : $"Open the Space with your sign-in You are {signedIn.Name} here,",
        "Never as it was asked: waiting does not help, asking for less does.");

    /// <summary>A long call of somebody whose plan grants no such run.</summary>
    public static Expected TooLong(PracticeHub hub, Account account, string by, string plan) => new(
        "Ledger", $"You were counted as {account.Name}, recognised by {by}.", Never(hub, plan), "Ask for a shorter run",
        "Never as it was asked: waiting does not help, asking for less does.");

    /// <summary>A call whose access token does not hold.</summary>
    public static Expected Token(string why, string @do = "Make an access token", string when = "At once, with an access token of this hub that holds") => new(
        "Gateway", "Nobody was counted: what was sent as an access token is not believed, and nobody else pays", why, @do, when);

    /// <summary>A call that its Space lost the visitor of.</summary>
    public static readonly Expected NoVisitor = new(
        "Space", "Nobody was counted", "The call reached the GPU without an identity token", "Call the function from a person's request", "At once, when the Space asks from its visitor's own request");

    /// <summary>A call for which no GPU came free.</summary>
    /// <param name="pool">What the page says of the GPUs at this moment.</param>
    public static Expected NoGpu(Account account, string pool) => new(
        "Queue and GPU", $"You were counted as {account.Name}, recognised by an access token.", "No GPU came free for it before the caller's wait limit had passed.", "Try again later", pool);

    private static string Never(PracticeHub hub, string plan) =>
        $"This run asks for {PracticeSpace.Long} s of GPU time (it declares {PracticeSpace.Long} s); the plan never allows more than {Amounts.Of(hub.Open.Catalogue.FindPlan(plan)!.LongestDuration)},";
}
