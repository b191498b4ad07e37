using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Texts.Refusals;

namespace Stint.Hub.Billing.Refusals;

/// <summary>One refusal as its page tells it: whom it counted, why, what can be done and when it works again.</summary>
/// <param name="Key">Its id, or what its cause is called where none was kept.</param>
/// <param name="Here">Who reads it, where that is not who was counted.</param>
/// <param name="Now">What the same request would come to at this moment, by sentences.</param>
/// <param name="Asked">What was asked and what was left, by name.</param>
/// <param name="Purse">As the gate read it; null where it read none.</param>
/// <param name="Required">What was needed of it; null where no amount was wanting.</param>
/// <param name="Ceiling">The ceiling that would let it through, for the one who may set it; null otherwise.</param>
public sealed record RefusalView(
    string Key, string Title, SpaceId Space, string Counted, string? Here, IReadOnlyList<EvidenceLine> Evidence, IReadOnlyList<ReasonLine> Reasons, IReadOnlyList<string> Advice,
    IReadOnlyList<Fix> Fixes, Resumption When, IReadOnlyList<string> Now, IReadOnlyList<WayStop> Chain, IReadOnlyList<AskedLine> Asked, QuotaReading? Purse, GpuTime? Required, GpuTime? Ceiling)
{
    /// <summary>Where whoever signs in from the page comes back to.</summary>
    public required string Path { get; init; }
}

/// <summary>One reason by its stable word and its sentence.</summary>
public sealed record ReasonLine(string Code, string Sentence);

/// <summary>One line of what was asked.</summary>
public sealed record AskedLine(string Name, string Value);

/// <summary>What the same run would be told at this moment.</summary>
/// <param name="Fits">The longest run that would be let in; null where none is, or the same is.</param>
/// <param name="Pool">How the GPUs stand, as a sentence.</param>
/// <param name="Serves">False where none of them can be used.</param>
internal sealed record LiveQuote(QuoteAnswer Answer, TimeSpan? Fits, string Pool, bool Serves);
