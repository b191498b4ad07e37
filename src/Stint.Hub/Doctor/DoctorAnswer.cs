namespace Stint.Hub.Doctor;

/// <summary>What a caller asks to have examined.</summary>
/// <param name="Space"><c>OWNER/NAME</c>; null for the hub alone.</param>
/// <param name="Caller">What the caller saw from its own place; null where it looked at nothing.</param>
internal sealed record DoctorRequest(string? Space, CallerSight? Caller);

/// <summary>What the doctor found, most telling first; none on a healthy way.</summary>
/// <param name="Tried">Every check, whether it found something or not.</param>
/// <param name="Facts">What was seen, by name; null is what nobody could see.</param>
/// <param name="Entries">The latest runs that were charged to the caller's account, with how each charge came about.</param>
/// <param name="Report">All of it as Markdown, to be sent to whoever can help.</param>
public sealed record DoctorAnswer(bool Healthy, DateTimeOffset At, IReadOnlyList<Finding> Findings, IReadOnlyList<string> Tried, IReadOnlyDictionary<string, string?> Facts, IReadOnlyList<EntrySight> Entries, string Report)
{
    internal static DoctorAnswer Of(Observations seen)
    {
        var examination = Examination.Of(seen);
        return new(
            examination.Findings.Count == 0, seen.Hub.Now,
            [.. examination.Findings.Select(finding => finding.Masked())], examination.Tried,
            Bundle.Facts(seen, Version).ToDictionary(fact => fact.What, fact => fact.Value is { } value ? Bundle.Masked(value) : null), seen.Purse?.Entries ?? [], Bundle.Markdown(seen, examination, Version));
    }

    private static string Version => typeof(DoctorAnswer).Assembly.GetName().Version?.ToString(3) ?? "unknown";
}
