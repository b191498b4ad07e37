namespace Stint.Hub.Spaces.Settings;

/// <summary>Takes a Space's own secrets out of what it writes. Short ones are left: they would be found in every second word.</summary>
internal sealed class SecretMask(IReadOnlyList<SpaceSetting> settings)
{
    public const int Shortest = 6;

    /// <summary>Longest first, so that a secret that holds another one goes whole. Of many lines each counts, for a log is written line by line.</summary>
    private readonly string[] secrets = [.. settings.Where(setting => setting.IsSecret)
        .SelectMany(setting => setting.Value.Split('\n', StringSplitOptions.TrimEntries).Append(setting.Value))
        .Where(text => text.Length >= Shortest).Distinct().OrderByDescending(text => text.Length)];

    public string Of(string line)
    {
        foreach (var secret in secrets) line = line.Replace(secret, "…", StringComparison.Ordinal);
        return line;
    }
}
