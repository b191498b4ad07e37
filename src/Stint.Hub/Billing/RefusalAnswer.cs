using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Texts;

namespace Stint.Hub.Billing;

/// <summary>The refusals of an identity, the latest first.</summary>
public sealed record RefusalsAnswer(IReadOnlyList<RefusalAnswer> Refusals);

/// <summary>A reservation that was not made: the problem as its caller got it, and what was asked.</summary>
/// <param name="Purse">The purse it was held against; null where nobody was recognised.</param>
/// <param name="AllowanceSeconds">As the gate read it at that moment, like the three after it; null where nobody was recognised.</param>
public sealed record RefusalAnswer(
    string Id, DateTime At, string? Identity, string? Purse, string Space, string? Endpoint, string Size, decimal DeclaredSeconds, decimal Weight,
    decimal? AllowanceSeconds, decimal? SpentSeconds, decimal? ReservedSeconds, decimal? LeftSeconds, DateTime? ResetsAt, Problem Problem)
{
    /// <summary>What spoke for the identity; null where nothing said so.</summary>
    public RecognitionAnswer? RecognisedBy { get; init; }

    internal static RefusalAnswer Of(Refusal refusal) => new(
        refusal.Id.Value, refusal.At.ToUtc().UtcDateTime, refusal.Identity?.Value,
        refusal.Identity is { } identity ? PurseId.OfAllowance(identity).Value : null,
        refusal.Function.Space.ToString(), refusal.Function.Endpoint is "" ? null : refusal.Function.Endpoint, Amounts.Of(refusal.Function.Size),
        refusal.Declared.InSeconds(), refusal.Weight.Thousandths / 1000m,
        refusal.Reading?.Allowance.InSeconds(), refusal.Reading?.Spent.InSeconds(), refusal.Reading?.Reserved.InSeconds(), refusal.Reading?.Left.InSeconds(),
        refusal.Reading?.ResetsAt?.ToUtc().UtcDateTime, Problems.Of(refusal))
    {
        RecognisedBy = RecognitionAnswer.Of(refusal.Recognition),
    };
}

/// <summary>How the one who pays was recognised.</summary>
/// <param name="Evidence">The kind of evidence, as one stable word.</param>
/// <param name="Via">The Spaces that stood between the visitor and the Space that was asked, the first called first.</param>
/// <param name="Hop">How many those are: 0 for a visitor who called directly.</param>
public sealed record RecognitionAnswer(string Evidence, IReadOnlyList<string> Via, int Hop)
{
    internal static RecognitionAnswer? Of(Recognition? recognition) => recognition is null
        ? null
        : new(EvidenceTexts.Word(recognition.By), [.. new[] { recognition.Via, recognition.ThenVia }.OfType<SpaceId>().Select(space => space.ToString())], recognition.Hops);
}
