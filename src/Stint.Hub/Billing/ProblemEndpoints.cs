using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Texts;
using Stint.Hub.Tokens;

namespace Stint.Hub.Billing;

/// <summary>What a problem's <c>type</c> leads to: the cause in general, for whoever follows it.</summary>
internal static class ProblemEndpoints
{
    private static readonly Dictionary<string, string> Explanations = Explain().ToDictionary(cause => cause.Code, cause => cause.Text);

    public static void MapProblems(this IEndpointRouteBuilder app) => app
        .MapGet(Problems.TypeOf("{code}"), (string code) => Explanations.TryGetValue(code, out var text)
            ? Results.Text(text)
            : Results.Text($"No problem of this hub is called that. It has: {string.Join(", ", Explanations.Keys)}", statusCode: StatusCodes.Status404NotFound))
        .ExcludeFromDescription();

    private static IEnumerable<(string Code, string Text)> Explain()
    {
        foreach (var cause in Enum.GetValues<RefusalCause>())
            yield return (RefusalTexts.Code(cause), $"{RefusalTexts.Title(cause)} (status {Problems.StatusOf(cause)}).\n{RefusalTexts.Advice(new RefusalReason(cause), null)}\n");
        foreach (var outcome in Enum.GetValues<AccessTokenOutcome>().Where(outcome => outcome != AccessTokenOutcome.Valid))
            yield return (EvidenceTexts.Code(outcome), $"{EvidenceTexts.Sentence(outcome)}\n{EvidenceTexts.HowToBeRecognised}\n");
        foreach (var fault in Enum.GetValues<SessionOutcome>().Select(EvidenceTexts.FaultOf).OfType<EvidenceFault>().Except([EvidenceFault.AccountBlocked]).Append(EvidenceFault.CrossSite))
            yield return (EvidenceTexts.Code(EvidenceKind.Cookie, fault), $"{EvidenceTexts.Sentence(EvidenceKind.Cookie, fault)}\n{EvidenceTexts.Advice(EvidenceKind.Cookie, fault)}\n");
        yield return (EvidenceTexts.MissingCode, $"{EvidenceTexts.Missing}\n{EvidenceTexts.HowToBeRecognised}\n");
        yield return (EvidenceTexts.UnusableCode, $"{EvidenceTexts.Unusable}\n{EvidenceTexts.HowToBeRecognised}\n");
        foreach (var problem in Problems.Plain) yield return (problem.Code, $"{problem.Title} (status {problem.Status}).\n{problem.Detail}\n");
    }
}
