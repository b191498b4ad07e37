using Stint.Hub.Texts.Findings;

namespace Stint.Hub.Doctor;

/// <summary>One thing that is amiss, as the doctor tells it: what it tried, what it saw, what that means and what to do.</summary>
/// <param name="Code">One stable word for the cause; programs switch on it.</param>
/// <param name="Side">Who can put it right: <c>visitor</c>, <c>space</c>, <c>operator</c>; or <c>nobody</c> where only time helps.</param>
/// <param name="Parameters">Every value that the sentences were made of, by name, so that a client may make its own of them.</param>
public sealed record Finding(string Code, string Side, IReadOnlyDictionary<string, object?> Parameters, string Tried, string Seen, string Means, string Do)
{
    /// <summary>Without what opens anything, wherever it came from.</summary>
    internal Finding Masked() => this with
    {
        Parameters = Parameters.ToDictionary(parameter => parameter.Key, parameter => parameter.Value is string text ? Bundle.Masked(text) : parameter.Value),
        Seen = Bundle.Masked(Seen),
        Means = Bundle.Masked(Means),
        Do = Bundle.Masked(Do),
    };
}

/// <summary>
/// One thing the doctor tries. It looks at what was seen and at nothing else, so whoever looked, a browser, a program or the
/// hub alone, gets the same finding for the same sight.
/// </summary>
/// <param name="Tried">What is tried, as a person would say it.</param>
/// <param name="Find">Null where nothing is amiss, and where nobody could see.</param>
internal sealed record Check(string Tried, Func<Observations, FindingText?> Find)
{
    public Finding? Of(Observations seen) => Find(seen) is { } found ? new(found.Code, found.Side, found.Parameters, Tried, found.Seen, found.Means, found.Do) : null;
}
