using Stint.Core.Quota;
using Stint.Hub.Store.Alerts;

namespace Stint.Hub.Texts;

/// <summary>What alerts say, to whom they concern and to administrators.</summary>
public static class AlertTexts
{
    /// <summary>The stable word for what an alert is about.</summary>
    public static string Word(AlertKind kind) => kind switch
    {
        AlertKind.PurseUsed => "purse-used",
        AlertKind.SpaceFailing => "space-failing",
        AlertKind.NodeLost => "node-lost",
    };

    /// <param name="whose">The purse's holder by name; null where its holder is the one who reads.</param>
    public static string Sentence(Alert alert, string? whose) => alert.Kind switch
    {
        AlertKind.PurseUsed => Used(alert.Facts, whose),
        AlertKind.SpaceFailing => $"Space {alert.Facts.Space} does not serve: {alert.Facts.Problem ?? "it does not answer"}.",
        AlertKind.NodeLost => $"Nothing is heard of node {alert.Facts.Node} since {Amounts.Of(alert.At)}. Its slots grant nothing until it reports; runs on it are settled by its report, or not charged.",
    };

    public static string Delivery(KeptAlert kept) => kept.State switch
    {
        DeliveryState.Waiting when kept.Problem is { } problem => $"tried {Times(kept.Attempts)}, tried again: {problem}",
        DeliveryState.Waiting => "about to be sent",
        DeliveryState.Delivered => kept.Attempts == 1 ? "delivered" : $"delivered at try {kept.Attempts}",
        DeliveryState.GivenUp => $"given up after {Times(kept.Attempts)}: {kept.Problem}",
        DeliveryState.NotWanted => "no webhook was set",
        DeliveryState.Crowded => "not sent: too many waited",
    };

    private static string Used(AlertFacts facts, string? whose)
    {
        var (purse, ends) = facts.Purse == "allowance"
            ? ("GPU time of this window", $"The window resets at {Amounts.Of(facts.EndsAt ?? default)}.")
            : ($"credit {facts.Purse}", $"It ends at {Amounts.Of(facts.EndsAt ?? default)}.");
        return $"At least {facts.Percent} % of {(whose is null ? "your" : whose + "'s")} {purse} is used: {Amounts.Of(facts.Spent ?? GpuTime.Zero)} of {Amounts.Of(facts.Amount ?? GpuTime.Zero)}. {ends}";
    }

    private static string Times(int attempts) => attempts == 1 ? "once" : $"{attempts} times";
}
