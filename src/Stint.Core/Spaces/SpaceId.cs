using System.Diagnostics.CodeAnalysis;

namespace Stint.Core.Spaces;

/// <summary>A Space's name, <c>owner/name</c>: letters, digits, <c>-</c>, <c>_</c>, <c>.</c>, each part 1 to 96 characters.</summary>
public readonly record struct SpaceId(string Owner, string Name)
{
    public const string Rule = "a Space is named OWNER/NAME: letters, digits, '-', '_' and '.', at most 96 characters each";

    public static bool TryParse([NotNullWhen(true)] string? text, out SpaceId id)
    {
        id = default;
        if (text?.Split('/') is not [var owner, var name] || !IsPart(owner) || !IsPart(name)) return false;
        id = new(owner, name);
        return true;
    }

    /// <exception cref="FormatException">When the text is no Space name.</exception>
    public static SpaceId Parse(string text) => TryParse(text, out var id) ? id : throw new FormatException($"'{text}': {Rule}");

    /// <summary>The label of its host name: lower case, every run of other characters a hyphen. Two Spaces may share one, and then one is refused.</summary>
    public string Subdomain
    {
        get
        {
            var label = new System.Text.StringBuilder();
            foreach (var c in $"{Owner}-{Name}".ToLowerInvariant())
                if (char.IsAsciiLetterOrDigit(c)) label.Append(c);
                else if (label.Length > 0 && label[^1] != '-') label.Append('-');
            return label.ToString().TrimEnd('-');
        }
    }

    public override string ToString() => $"{Owner}/{Name}";

    private static bool IsPart(string part) =>
        part.Length is > 0 and <= 96 && part is not ("." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
