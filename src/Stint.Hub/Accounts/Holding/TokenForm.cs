using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Store;
using Stint.Hub.Tokens;

namespace Stint.Hub.Accounts.Holding;

/// <summary>What somebody asked for in the form of a new token, as it was written. Nothing in it is believed.</summary>
/// <param name="Permits">The words of what a fine-grained one may do.</param>
/// <param name="Spaces">Names of Spaces it is limited to, with spaces or commas between them; empty for no limit.</param>
/// <param name="Days">How long it works, one of <see cref="Lifetimes"/>.</param>
public sealed record TokenForm(string Name, string Role, IReadOnlyList<string> Permits, string Spaces, string Days)
{
    /// <summary>Days a token may be made for; 0 for until it is revoked.</summary>
    public static readonly IReadOnlyList<(string Days, string Says)> Lifetimes =
        [("7", "a week"), ("30", "30 days"), ("90", "90 days"), ("365", "a year"), ("0", "until it is revoked")];

    public static readonly TokenForm Empty = new("", AccessTokenGrant.Word(AccessTokenRole.Read), [], "", "90");

    private const int LongestShown = 4_000;
    private static readonly char[] Between = [' ', ',', '\t', '\r', '\n'];

    public static TokenForm Of(IFormCollection fields) => new(
        Cut(fields["name"].ToString().Trim()), Cut(fields["role"].ToString()), [.. fields["permit"].OfType<string>().Take(AccessTokenGrant.EveryPermission.Count)],
        Cut(fields["spaces"].ToString().Trim()), Cut(fields["days"].ToString()));

    /// <summary>What was asked for, or what is wrong with it as a sentence that says what to do.</summary>
    /// <param name="holder">Whose it becomes: it may be limited to Spaces that this account may open.</param>
    public (AccessTokenGrant? Grant, TimeSpan? Lifetime, string? Problem) Read(Account holder, Catalogue catalogue)
    {
        if (Name.Length is 0 or > AccessTokens.LongestName || Name.Any(char.IsControl)) return Wrong($"Give the token a name of 1 to {AccessTokens.LongestName} printable characters.");
        if (!Lifetimes.Any(each => each.Days == Days)) return Wrong("Choose how long it works.");
        var roles = Enum.GetValues<AccessTokenRole>().Where(role => AccessTokenGrant.Word(role) == Role).ToList();
        if (roles.Count == 0) return Wrong("Choose what it may do.");
        var permissions = AccessTokenGrant.EveryPermission.Where(each => Permits.Contains(AccessTokenGrant.Word(each))).ToList();
        if (permissions.Count != Permits.Distinct().Count()) return Wrong("One of the permissions is none that there is.");
        var limited = new List<SpaceId>();
        foreach (var name in Spaces.Split(Between, StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (!SpaceId.TryParse(name, out var id) || catalogue.FindSpace(id) is not { } space || !space.IsOpenTo(holder)) return Wrong($"There is no Space '{name}' that you may open.");
            limited.Add(space.Id);
        }

        var grant = new AccessTokenGrant(roles[0], permissions, limited.Count == 0 ? null : limited);
        if (grant.Problem() is { } problem) return Wrong(char.ToUpperInvariant(problem[0]) + problem[1..] + ".");
        return (grant, Days == "0" ? null : TimeSpan.FromDays(int.Parse(Days)), null);

        static (AccessTokenGrant?, TimeSpan?, string?) Wrong(string problem) => (null, null, problem);
    }

    private static string Cut(string text) => text.Length <= LongestShown ? text : text[..LongestShown];
}
