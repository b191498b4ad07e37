namespace Stint.Hub.Doctor;

/// <summary>One thing that is amiss, as the doctor tells it: what it tried, what it saw, what that means and what to do.</summary>
/// <param name="Code">One stable word for the cause; programs switch on it.</param>
/// <param name="Side">Who can put it right: <c>visitor</c>, <c>space</c>, <c>operator</c>; or <c>nobody</c> where only time helps.</param>
public sealed record Finding(string Code, string Side, string Tried, string Seen, string Means, string Do);

/// <summary>
/// One thing the doctor tries. It looks at what was seen and at nothing else, so whoever looked, a browser, a program or the
/// hub alone, gets the same finding for the same sight.
/// </summary>
/// <param name="Tried">What is tried, as a person would say it.</param>
/// <param name="Find">Null where nothing is amiss, and where nobody could see.</param>
internal sealed record Check(string Tried, Func<Observations, Found?> Find)
{
    public Finding? Of(Observations seen) => Find(seen) is { } found ? new(found.Code, found.Side, Tried, found.Seen, found.Means, found.Do) : null;
}

/// <summary>What a check found, without what it tried.</summary>
internal sealed record Found(string Code, string Side, string Seen, string Means, string Do)
{
    public const string Visitor = "visitor";
    public const string Space = "space";
    public const string Operator = "operator";
    public const string Nobody = "nobody";
}
