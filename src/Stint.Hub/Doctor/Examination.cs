using Stint.Hub.Doctor.Checks;

namespace Stint.Hub.Doctor;

/// <summary>
/// The decision tree, walked from the hub to the GPU: what is amiss earlier explains what is amiss later, so the first finding
/// is the one to act on. Every check runs every time, and says so.
/// </summary>
internal sealed record Examination(IReadOnlyList<Finding> Findings, IReadOnlyList<string> Tried)
{
    public static IReadOnlyList<Check> Checks { get; } = [.. HubChecks.All, .. EvidenceChecks.All, .. SpaceChecks.All, .. PurseChecks.All];

    public static Examination Of(Observations seen)
    {
        var findings = Checks.Select(check => check.Of(seen)).OfType<Finding>().ToList();
        return new([.. findings.DistinctBy(finding => finding.Code)], [.. Checks.Select(check => check.Tried)]);
    }
}
