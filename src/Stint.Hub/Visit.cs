using Stint.Core.Spaces;

namespace Stint.Hub;

/// <summary>
/// The way a visitor who is signed in at the hub becomes signed in at a Space's own address, which never sees the hub's
/// cookie: 1 the Space's <see cref="Begin"/> gives the browser a secret 2 the hub's <see cref="AtHub"/> makes a code for the
/// browser that has it 3 the Space's <see cref="AtSpace"/> opens a session with both. So nobody is signed in by a link that
/// somebody else was given.
/// </summary>
public static class Visit
{
    /// <summary>Below this path of every Space's address the hub itself answers, never the Space.</summary>
    public const string Own = "/.stint";

    /// <summary>Where a Space's address tells the doctor's page who its visitor is taken for.</summary>
    public const string Examine = Own + "/examine";

    /// <summary>The hub's page where people sign in. Takes <c>next</c>, a local path, and <c>cause</c>, why the last session does not hold.</summary>
    public const string SignIn = "/sign-in";

    private const string AtHubPrefix = "/visit/";

    /// <summary>Path of the hub that sends a visitor on to a Space with a fresh code, by way of the sign-in page where nobody is signed in.</summary>
    /// <param name="path">Where in the Space to go, with its query.</param>
    /// <param name="cause">Why the visitor is sent here: a stable word, shown at sign-in.</param>
    /// <param name="browser">The mark of the browser that asks; without it the way leads by <see cref="Begin"/>.</param>
    public static string AtHub(SpaceId space, string path = "/", string? cause = null, string? browser = null) =>
        $"{AtHubPrefix}{space}?path={Uri.EscapeDataString(LocalPath(path))}{And("cause", cause)}{And("browser", browser)}";

    /// <summary>The Space that a path made by <see cref="AtHub"/> leads to; null for any other path.</summary>
    public static SpaceId? SpaceOf(string path) =>
        path.StartsWith(AtHubPrefix, StringComparison.Ordinal) && SpaceId.TryParse(path[AtHubPrefix.Length..].Split('?')[0], out var space) ? space : null;

    /// <summary>Path of the Space's address where the way in begins: it gives the browser a secret and leads on to <see cref="AtHub"/>.</summary>
    public static string Begin(string path = "/") => $"{Own}/sign-in?path={Uri.EscapeDataString(LocalPath(path))}";

    /// <summary>Path of the Space's address that redeems a code, sets the cookie there and goes on to <paramref name="path"/>.</summary>
    public static string AtSpace(string code, string path = "/") =>
        $"{Own}/session?code={Uri.EscapeDataString(code)}&path={Uri.EscapeDataString(LocalPath(path))}";

    /// <summary>Path of the Space's address that goes on to <paramref name="path"/> as nobody in particular, whoever was signed in there.</summary>
    public static string AsNobody(string path = "/") => $"{Own}/visitor?path={Uri.EscapeDataString(LocalPath(path))}";

    /// <summary>The path itself where it stays on this site, else <c>/</c>: what begins with two slashes or a backslash is another site's, and what is not plain ASCII fits into no header.</summary>
    public static string LocalPath(string? path) =>
        path is ['/', ..] and not ['/', '/' or '\\', ..] && path.Length <= 2_000 && !path.Any(c => c is <= ' ' or > '~' or '\\') ? path : "/";

    private static string And(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";
}
