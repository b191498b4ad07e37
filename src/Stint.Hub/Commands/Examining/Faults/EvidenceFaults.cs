using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Hub.Commands.Examining.Practice;
using Stint.Hub.Doctor;

namespace Stint.Hub.Commands.Examining.Faults;

/// <summary>Ways of losing who somebody is before the Space has even answered.</summary>
internal static class EvidenceFaults
{
    private static readonly TimeSpan Passed = TimeSpan.FromSeconds(-1);

    public static IEnumerable<Fault> Of(PracticeSpace space, PracticeSpace other) =>
    [
        new("a program that sends nothing", "not-signed-in", hub => NothingAsync(hub, space)),
        new("a browser that blocks cookies", "cookies-blocked", hub => BlockedCookiesAsync(hub, space)),
        new("a private window beside a signed-in one", "private-window", hub => PrivateWindowAsync(hub, space)),
        new("signed in at the hub, not at the Space's own address", "signed-out-at-space", hub => SignedInAsync(hub, space, visits: false, visitor => visitor.ExamineAsync(space))),
        new("a frame whose cookies are kept away", "signed-out-in-frame", hub => SignedInAsync(hub, space, visits: true, visitor => visitor.ExamineAsync(space, frameKeepsCookies: false, opensWindows: false))),
        new("another account at the Space's address", "another-account-at-space", hub => TwoAccountsAsync(hub, space)),
        new("a token in a header of another name", "token-in-wrong-header", hub => WrongHeaderAsync(hub, space)),
        new("a token past its time", "access-token-expired", hub => TokenAsync(hub, space, hub.AddPerson(tokenLasts: Passed).Token, Answers.Token("The access token has passed its time."))),
        new("a revoked token", "access-token-revoked", hub => RevokedAsync(hub, space)),
        new("a token of another hub", "access-token-of-another-hub", hub => TokenAsync(hub, space, "hf_" + new string('a', 34), Answers.Token("This is an access token of another hub."))),
        new("a token cut short", "access-token-malformed", hub => TokenAsync(hub, space, hub.AddPerson().Token[..20], Answers.Token("it is mistyped or cut short"))),
        new("a token that is known no more, after a backup was put back", "access-token-unknown", hub => ForgottenAsync(hub, space)),
        new("a token for another Space alone", "access-token-not-permitted", hub => TokenAsync(
            hub, space, hub.AddPerson(grant: new AccessTokenGrant(AccessTokenRole.FineGrained, [AccessTokenPermission.UseSpaces, AccessTokenPermission.ReadQuota], [other.Id])).Token,
            Answers.Token("This access token does not permit the use of this Space.", "Send a token that permits this Space"))),
        new("an account that was shut out", "account-blocked", hub => BlockedAsync(hub, space)),
        new("a sign-in that was ended elsewhere", "sign-in-ended", hub => EndedAsync(hub, space)),
        new("a plan raised while a page is open", "plan-changed-since-page-opened", hub => Planted.WithoutRefusalAsync(UpgradedAsync(hub, space), "a raised allowance counts at once, for open pages too")),
    ];

    private static async Task<Planted> NothingAsync(PracticeHub hub, PracticeSpace space)
    {
        var address = hub.NextAddress();
        using var client = PracticeVisitor.Program(address);
        return new(await hub.ExamineAsync(null, space).ConfigureAwait(false), await hub.RefusedAsync(space, null, Answers.Unknown(hub, address), client).ConfigureAwait(false), null);
    }

    private static async Task<Planted> BlockedCookiesAsync(PracticeHub hub, PracticeSpace space)
    {
        var address = hub.NextAddress();
        using var visitor = hub.Browser(address, keepsCookies: false);
        return new(await visitor.ExamineAsync(space).ConfigureAwait(false), await visitor.RefusedAsync(space, Answers.Unknown(hub, address)).ConfigureAwait(false), null);
    }

    private static async Task<Planted> SignedInAsync(PracticeHub hub, PracticeSpace space, bool visits, Func<PracticeVisitor, Task<DoctorAnswer>> examine)
    {
        var address = hub.NextAddress();
        using var visitor = hub.Browser(address);
        var account = hub.AddPerson().Account;
        await visitor.SignInAsync(account.Name, PracticeHub.Password).ConfigureAwait(false);
        if (visits) await visitor.VisitAsync(space).ConfigureAwait(false);
        return new(
            await examine(visitor).ConfigureAwait(false), await visitor.RefusedAsync(space, Answers.Unknown(hub, address, account), isFramed: visits).ConfigureAwait(false), null);
    }

    private static async Task<Planted> PrivateWindowAsync(PracticeHub hub, PracticeSpace space)
    {
        var address = hub.NextAddress();
        using var known = hub.Browser(address);
        await known.SignInAsync(hub.AddPerson().Account.Name, PracticeHub.Password).ConfigureAwait(false);
        await known.VisitAsync(space).ConfigureAwait(false);
        using var unknown = hub.Browser(address);
        return new(await unknown.ExamineAsync(space).ConfigureAwait(false), await unknown.RefusedAsync(space, Answers.Unknown(hub, address)).ConfigureAwait(false), null);
    }

    /// <summary>The page of the other account's refusal opens for that account alone, so that one opens it.</summary>
    private static async Task<Planted> TwoAccountsAsync(PracticeHub hub, PracticeSpace space)
    {
        using var visitor = hub.Browser();
        var before = hub.AddPerson(Plan.Free).Account;
        await visitor.SignInAsync(before.Name, PracticeHub.Password).ConfigureAwait(false);
        await visitor.VisitAsync(space).ConfigureAwait(false);
        // The hub's cookie is lost, the Space's is not: that one stays what it was opened with.
        visitor.LoseHubCookies();
        await visitor.SignInAsync(hub.AddPerson().Account.Name, PracticeHub.Password).ConfigureAwait(false);
        var answer = await visitor.ExamineAsync(space).ConfigureAwait(false);
        var expected = Answers.TooLong(hub, before, "a sign-in", Plan.Free);
        var closed = await visitor.RefusedAsync(space, expected).ConfigureAwait(false);
        return new(answer, await hub.OpenAsync(closed.Page, expected, before).ConfigureAwait(false), null);
    }

    private static async Task<Planted> WrongHeaderAsync(PracticeHub hub, PracticeSpace space)
    {
        var address = hub.NextAddress();
        using var client = PracticeVisitor.Program(address);
        client.DefaultRequestHeaders.Add("X-Api-Key", hub.AddPerson().Token);
        return new(await hub.ExamineAsync(null, space, client).ConfigureAwait(false), await hub.RefusedAsync(space, null, Answers.Unknown(hub, address), client).ConfigureAwait(false), null);
    }

    private static async Task<Planted> TokenAsync(PracticeHub hub, PracticeSpace space, string token, Expected expected) =>
        new(await hub.ExamineAsync(token, space).ConfigureAwait(false), await hub.RefusedAsync(space, token, expected).ConfigureAwait(false), null);

    private static Task<Planted> RevokedAsync(PracticeHub hub, PracticeSpace space)
    {
        var (id, text) = hub.AddToken(hub.AddPerson().Account);
        hub.Open.Tokens.Revoke(id, hub.Open.Now);
        return TokenAsync(hub, space, text, Answers.Token("The access token was revoked."));
    }

    private static Task<Planted> ForgottenAsync(PracticeHub hub, PracticeSpace space)
    {
        var (id, text) = hub.AddToken(hub.AddPerson().Account);
        hub.Forget("access_tokens", id);
        return TokenAsync(hub, space, text, Answers.Token("This hub does not know the access token any more."));
    }

    private static Task<Planted> BlockedAsync(PracticeHub hub, PracticeSpace space)
    {
        var (account, token) = hub.AddPerson();
        hub.Open.Catalogue.SetBlocked(account.Id, true);
        return TokenAsync(hub, space, token, Answers.Token(
            "The account of this access token was shut out by an administrator.", "Ask an administrator of this hub about the account.", "When an administrator lets the account in again"));
    }

    private static async Task<Planted> EndedAsync(PracticeHub hub, PracticeSpace space)
    {
        using var visitor = hub.Browser();
        var (account, _) = hub.AddPerson();
        await visitor.SignInAsync(account.Name, PracticeHub.Password).ConfigureAwait(false);
        await visitor.VisitAsync(space).ConfigureAwait(false);
        hub.Open.Passwords.Set(account.Id, PracticeHub.Password + "-changed", hub.Open.Now);
        var expected = new Expected(
            "Gateway", "Nobody was counted: what was sent as a sign-in is not believed", "You were signed out.", "Sign in and come back to the Space", "At once, when you have signed in again");
        return new(await visitor.ExamineAsync(space).ConfigureAwait(false), await visitor.RefusedAsync(space, expected).ConfigureAwait(false), null);
    }

    private static async Task<DoctorAnswer> UpgradedAsync(PracticeHub hub, PracticeSpace space)
    {
        using var visitor = hub.Browser();
        var (account, _) = hub.AddPerson(Plan.Free);
        await visitor.SignInAsync(account.Name, PracticeHub.Password).ConfigureAwait(false);
        await visitor.VisitAsync(space).ConfigureAwait(false);
        var opened = await visitor.MeAsync(space).ConfigureAwait(false);
        hub.Open.Catalogue.SetPlan(account.Id, Plan.Pro);
        return await visitor.ExamineAsync(space, pageOpened: opened).ConfigureAwait(false);
    }
}
