using Stint.Core.Quota;
using Stint.Hub.Texts;

namespace Stint.Hub.Billing.Usage;

/// <summary>Sentences of the usage and refusal pages that are made of what only these pages know.</summary>
internal static class UsageTexts
{
    public const string RefusalNeedsSignIn = "A refusal is shown to the account it counted. Sign in as that account to open it, if there is one by this id.";
    public const string RefusalMissing = "There is no refusal of yours by this id.";

    /// <summary>Who it counted and why, first of all.</summary>
    public static string Counted(Refusal refusal, string? account) => refusal.Identity is { } identity
        ? EvidenceTexts.Counted(identity, refusal.Recognition, account)
        : "Nobody was counted: nothing that could be believed spoke for anyone.";

    public static string Declared(Refusal refusal) =>
        $"{Amounts.Of(refusal.Declared)} × {refusal.Weight} = {Amounts.Of(refusal.Weight.Hold(refusal.Declared))} of GPU time at most";

    /// <summary>What the same request would come to at this moment, and what would fit.</summary>
    public static IEnumerable<string> Now(QuoteAnswer? now, Weight weight)
    {
        if (now is null)
        {
            yield return "Nobody was recognised, so there is nothing to reckon with. Call again as a visitor.";
            yield break;
        }

        var left = new GpuTime(now.Payer.LeftMilliseconds);
        if (now.Admitted)
        {
            yield return $"The same run would be admitted now: {Amounts.Of(left)} are left, and it needs {Amounts.Of(new GpuTime(now.Cost.FloorMilliseconds))}.";
            yield break;
        }

        // Each reason speaks for itself: only one of them is about what is left.
        yield return $"The same run would still be refused. {string.Join(" ", now.Reasons.Select(reason => reason.Sentence))}";
        if (now.Reasons.Any(reason => reason.Cause == RefusalTexts.Code(RefusalCause.QuotaExceeded)))
            yield return left == GpuTime.Zero ? "Nothing fits now." : $"A run that needs at most {Amounts.Of(weight.Lasts(left))} on this GPU size fits now.";
        if (now.RetryAt is { } at)
            yield return $"It fits in {Amounts.About(at - now.At)}, at {Amounts.Of(Instant.From(new DateTimeOffset(at)))}, unless something new is used until then.";
    }
}
