using System.CommandLine;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Texts;
using Stint.Hub.Tokens;

namespace Stint.Hub.Commands;

/// <summary><c>stint token</c>: the access tokens by which programs speak for an account.</summary>
internal static class TokenCommands
{
    private static readonly AccessTokenRole[] Roles = Enum.GetValues<AccessTokenRole>();

    public static Command Create(Shell shell) => shell.Noun(
        "token", "Creates, lists and revokes access tokens (hf_…), and prints identity tokens.", Create(shell, new Argument<string>("ACCOUNT") { Description = "Whose token it is." }), List(shell), Revoke(shell),
        IdentityTokenCommand.Create(shell));

    private static Command Create(Shell shell, Argument<string> holder)
    {
        var name = new Option<string>("--name") { Description = "What the token is for; shown in lists.", HelpName = "NAME", Required = true };
        var role = new Option<string>("--role")
        {
            Description = "read: use Spaces, read quota and billing. write: that, and manage Spaces. fineGrained: only what --permit names.",
            HelpName = string.Join('|', Roles.Select(AccessTokenGrant.Word)),
            DefaultValueFactory = _ => AccessTokenGrant.Word(AccessTokenRole.Read),
        };
        role.AcceptOnlyFromAmong([.. Roles.Select(AccessTokenGrant.Word)]);
        var permit = new Option<string[]>("--permit")
        {
            Description = "For fineGrained, repeatable. " + string.Join(" ", AccessTokenGrant.EveryPermission.Select(each => $"{AccessTokenGrant.Word(each)}: {AccessTokenGrant.Says(each)}.")),
            HelpName = "PERMISSION",
        };
        permit.AcceptOnlyFromAmong([.. AccessTokenGrant.EveryPermission.Select(AccessTokenGrant.Word)]);
        var spaces = new Option<string[]>("--space") { Description = "Limits use and management to this Space; repeatable.", HelpName = "OWNER/NAME" };
        var expires = new Option<TimeSpan?>("--expires") { Description = "How long it works, as in 30d; without it, until it is revoked.", HelpName = "SPAN", CustomParser = result => SpanText.Parse(result) };
        var command = new Command("create", "Creates an access token and prints it. It is shown this once: only its hash is kept.") { holder, name, role, permit, spaces, expires };
        return shell.Verb(command, call =>
        {
            if (call.Hub.Catalogue.FindAccount(call.Get(holder)) is not { } account) return call.Terminal.Refuse(AccountCommands.Unknown(call.Get(holder)));
            var limited = new List<SpaceId>();
            foreach (var text in call.Get(spaces) ?? [])
            {
                if (SpaceCommands.Find(call, text) is not { } space) return call.Terminal.Refuse(SpaceCommands.Unknown(text));
                limited.Add(space.Id);
            }

            if (call.Get(expires) is { } span && span < TimeSpan.FromSeconds(1)) return call.Terminal.Refuse("a token works at least a second; give --expires a longer span");
            return Create(call, account, call.Get(name), GrantOf(call.Get(role), call.Get(permit) ?? [], limited), call.Get(expires));
        });
    }

    private static int Create(Call call, Account account, string name, AccessTokenGrant grant, TimeSpan? expires)
    {
        var (outcome, token, text) = call.Hub.Tokens.Create(account.Id, name, grant, call.Hub.Now, expires is { } span ? call.Hub.Now + span : null);
        switch (outcome)
        {
            case CreateTokenOutcome.Created:
                call.Terminal.Note($"Token {token!.Id} of {account.Name}, shown this once:");
                return call.Terminal.Say(new { Token = text, token.Id, Account = account.Name, token.Name, ExpiresAt = token.ExpiresAt?.ToUtc() }, text!);
            case CreateTokenOutcome.Invalid:
                return call.Terminal.Refuse(grant.Problem() ?? $"a token's name has 1 to {AccessTokens.LongestName} printable characters");
            case CreateTokenOutcome.AccountUnknown:
                return call.Terminal.Refuse(AccountCommands.Unknown(account.Name));
            case CreateTokenOutcome.TooMany:
                return call.Terminal.Refuse($"{account.Name} holds {AccessTokens.MostHeld} working tokens, the most there may be; revoke one with: stint token revoke ID");
        }

        throw new System.Diagnostics.UnreachableException();
    }

    private static Command List(Shell shell)
    {
        var holder = new Argument<string?>("ACCOUNT") { Description = "Only its tokens.", Arity = ArgumentArity.ZeroOrOne };
        return shell.Verb(new Command("list", "Lists access tokens, newest first; never their text.") { holder }, call =>
        {
            var name = call.Parsed.GetValue(holder);
            var account = name is null ? null : call.Hub.Catalogue.FindAccount(name);
            if (name is not null && account is null) return call.Terminal.Refuse(AccountCommands.Unknown(name));
            var names = call.Hub.Catalogue.Accounts().ToDictionary(each => each.Id, each => each.Name);
            var now = call.Hub.Now;
            return call.Terminal.Table(
                call.Hub.Tokens.List(account?.Id),
                token => ToJson(token, names[token.Account], now),
                ("id", token => token.Id),
                ("account", token => names[token.Account]),
                ("name", token => token.Name),
                ("permits", token => Permits(token.Grant)),
                ("state", token => StateOf(token, now)),
                ("created", token => Amounts.Of(token.CreatedAt)),
                ("last used", token => token.LastUsedAt is { } at ? Amounts.Of(at) : "never"),
                ("expires", token => token.ExpiresAt is { } at ? Amounts.Of(at) : "never"));
        });
    }

    private static Command Revoke(Shell shell)
    {
        var id = new Argument<string>("ID") { Description = "The token's id, as 'stint token list' shows it; never its text." };
        return shell.Verb(new Command("revoke", "Revokes an access token: from the next request on it opens nothing.") { id }, call => call.Hub.Tokens.Revoke(call.Get(id), call.Hub.Now) switch
        {
            RevokeTokenOutcome.Revoked => call.Terminal.Say(new { Id = call.Get(id), State = "revoked" }, $"Token {call.Get(id)} is revoked."),
            RevokeTokenOutcome.AlreadyRevoked => call.Terminal.Say(new { Id = call.Get(id), State = "revoked" }, $"Token {call.Get(id)} was revoked already."),
            // Whoever gave the text itself must not find it in a log of this command.
            RevokeTokenOutcome.TokenUnknown => call.Terminal.Refuse("no token has this id; ids are shown by: stint token list"),
        });
    }

    private static AccessTokenGrant GrantOf(string role, string[] permit, List<SpaceId> spaces) => new(
        Roles.Single(each => AccessTokenGrant.Word(each) == role),
        [.. AccessTokenGrant.EveryPermission.Where(each => permit.Contains(AccessTokenGrant.Word(each)))],
        spaces.Count == 0 ? null : spaces);

    private static string Permits(AccessTokenGrant grant) =>
        (grant.Role == AccessTokenRole.FineGrained ? string.Join(' ', grant.Permissions.Select(AccessTokenGrant.Word)) : AccessTokenGrant.Word(grant.Role))
        + (grant.Spaces is { } spaces ? " for " + string.Join(' ', spaces) : "");

    private static string StateOf(HeldToken token, Instant now) => token switch
    {
        { RevokedAt: not null } => "revoked",
        { ExpiresAt: { } end } when end <= now => "expired",
        _ => "works",
    };

    private static object ToJson(HeldToken token, string account, Instant now) => new
    {
        token.Id,
        Account = account,
        token.Name,
        token.Grant.Role,
        token.Grant.Permissions,
        Spaces = token.Grant.Spaces?.Select(space => space.ToString()),
        State = StateOf(token, now),
        CreatedAt = token.CreatedAt.ToUtc(),
        LastUsedAt = token.LastUsedAt?.ToUtc(),
        ExpiresAt = token.ExpiresAt?.ToUtc(),
        RevokedAt = token.RevokedAt?.ToUtc(),
    };
}
