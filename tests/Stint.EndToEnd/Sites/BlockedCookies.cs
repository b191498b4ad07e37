using System.Text.Json;

namespace Stint.EndToEnd.Sites;

/// <summary>Chromium's setting by which somebody blocks all cookies of a site.</summary>
internal static class BlockedCookies
{
    private const int Block = 2;

    /// <param name="pattern">The site as the settings page writes it: <c>https://[*.]example.org</c>.</param>
    public static string Of(string pattern)
    {
        var exceptions = new Dictionary<string, object> { [$"{pattern},*"] = new { setting = Block } };
        return JsonSerializer.Serialize(new { profile = new { content_settings = new { exceptions = new { cookies = exceptions } } } });
    }
}
