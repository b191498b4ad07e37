using System.Text.RegularExpressions;

namespace Stint.Hub.Spaces.Settings;

/// <summary>A variable that a supervised Space is started with.</summary>
/// <param name="IsSecret">Its value is shown to nobody but the Space, and taken out of its log.</param>
public sealed record SpaceSetting(string Name, string Value, bool IsSecret)
{
    public const int LongestValue = 64 * 1024;
    public const int Most = 100;

    public override string ToString() => IsSecret ? $"{Name}=…" : $"{Name}={Value}";
}

/// <summary>Which names an owner may give: those of variables, and none that the hub sets itself or that a loader obeys.</summary>
internal static partial class SettingName
{
    public const string Rule = "a name is letters, digits and '_', at most 128, and does not begin with a digit";

    private static readonly HashSet<string> Ours = new(StringComparer.Ordinal)
    {
        "PATH", "HOME", "TMPDIR", "PORT", "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "ZEROGPU_PROC_SELF_CGROUP_PATH",
    };

    /// <summary>What is wrong with a name, as a sentence; null when nothing is.</summary>
    public static string? Problem(string name) => name switch
    {
        _ when !Shape().IsMatch(name) => $"'{name}': {Rule}",
        _ when Ours.Contains(name) || name.StartsWith("STINT_", StringComparison.Ordinal) || name.StartsWith("SPACES_ZERO_", StringComparison.Ordinal)
            || name.StartsWith("LD_", StringComparison.Ordinal) => $"{name} is set by the hub and cannot be set for a Space; choose another name",
        _ => null,
    };

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,127}$", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}
