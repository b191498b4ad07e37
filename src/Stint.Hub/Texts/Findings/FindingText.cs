namespace Stint.Hub.Texts.Findings;

/// <summary>What one finding of the doctor says: a stable word with its parameters, from which a client may make its own text, and ours.</summary>
/// <param name="Code">One stable word for the cause; programs switch on it.</param>
/// <param name="Side">Who can put it right, by a word of <see cref="FindingSide"/>.</param>
/// <param name="Parameters">Every value that the sentences were made of, by name: amounts as numbers in the unit that ends the name, moments in UTC.</param>
/// <param name="Seen">What was seen, as a sentence.</param>
/// <param name="Means">What that means.</param>
/// <param name="Do">What to do.</param>
public sealed record FindingText(string Code, string Side, IReadOnlyDictionary<string, object?> Parameters, string Seen, string Means, string Do)
{
    internal static FindingText Of(string code, string side, string seen, string means, string @do, params (string Name, object? Value)[] parameters) =>
        new(code, side, parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value), seen, means, @do);
}

/// <summary>Who can put a finding right.</summary>
public static class FindingSide
{
    public const string Visitor = "visitor";
    public const string Space = "space";
    public const string Operator = "operator";

    /// <summary>Only time helps.</summary>
    public const string Nobody = "nobody";
}
