using System.Net;
using System.Text.RegularExpressions;

namespace Stint.Hub.Commands.Examining.Practice;

/// <summary>What the page of a refusal has to say for its reader to know what was planted, each as words that stand in that answer.</summary>
/// <param name="BrokenAt">The station of the call's way that it marks as broken.</param>
internal sealed record Expected(string BrokenAt, string Who, string Why, string Do, string When);

/// <summary>The page of a refusal as its reader saw it: the four answers, word for word.</summary>
/// <param name="Page">Its address, as the error text of the refused call named it.</param>
/// <param name="Missing">What it should have said and did not; empty where all four questions are answered.</param>
internal sealed record Told(string Page, string BrokenAt, string Who, string Why, string Do, string When, IReadOnlyList<string> Missing)
{
    /// <summary>Opens the page that an error text names, as whoever reads it.</summary>
    /// <param name="text">What the visitor was shown; null where the call was not refused at all.</param>
    public static async Task<Told> ReadAsync(HttpClient reader, string? text, Expected expected)
    {
        if (text is null || ToldPage.Address().Match(text) is not { Success: true } named) return new(text ?? "", "", "", "", "", "", ["an address of the refusal, in the text of the refused call"]);
        using var answer = await reader.GetAsync(new Uri(named.Value)).ConfigureAwait(false);
        var page = await answer.Content.ReadAsStringAsync().ConfigureAwait(false);
        var (who, why, @do, when) = (Section(page, "who"), Section(page, "why"), Section(page, "do"), Section(page, "when"));
        var broken = string.Join(", ", ToldPage.Broken().Matches(page).Select(stop => stop.Groups[1].Value));
        (string Of, string Has, string Wants)[] answers =
            [("the way", broken, expected.BrokenAt), ("who", who, expected.Who), ("why", why, expected.Why), ("do", @do, expected.Do), ("when", when, expected.When)];
        return new(named.Value, broken, who, why, @do, when, [.. answers.Where(line => !line.Has.Contains(line.Wants, StringComparison.Ordinal)).Select(line => $"{line.Of}: {line.Wants}")]);
    }

    /// <summary>What a reader reads of one part of the page: its words, without how they are set.</summary>
    private static string Section(string page, string id)
    {
        var start = page.IndexOf($"id=\"{id}\"", StringComparison.Ordinal);
        if (start < 0) return "";
        var end = page.IndexOf("</section>", start, StringComparison.Ordinal);
        var inner = page[(page.IndexOf('>', start) + 1)..(end < 0 ? page.Length : end)];
        return ToldPage.Space().Replace(WebUtility.HtmlDecode(ToldPage.Tag().Replace(inner, " ")), " ").Trim();
    }
}

/// <summary>How the page of a refusal is read.</summary>
internal static partial class ToldPage
{
    private const int Patience = 1000;

    [GeneratedRegex(@"https?://[^\s/]+/refusals/[\w./-]+", RegexOptions.None, Patience)]
    public static partial Regex Address();

    [GeneratedRegex("<li class=\"broken\">.*?<strong>([^<]+)</strong>", RegexOptions.Singleline, Patience)]
    public static partial Regex Broken();

    [GeneratedRegex("<[^>]*>", RegexOptions.None, Patience)]
    public static partial Regex Tag();

    [GeneratedRegex(@"\s+", RegexOptions.None, Patience)]
    public static partial Regex Space();
}
