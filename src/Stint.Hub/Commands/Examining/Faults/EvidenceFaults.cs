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
        new("a program that sends nothing", "not-signed-in", hub => hub.ExamineAsync(null, space)),
        new("a browser that blocks cookies", "cookies-blocked", hub => BrowseAsync(hub, space, keepsCookies: false, (_, visitor) => visitor.ExamineAsync(space))),
        new("a private window beside a signed-in one", "private-window", hub => PrivateWindowAsync(hub, space)),
        new("signed in at the hub, not at the Space's own address", "signed-out-at-space", hub => SignedInAsync(hub, space, visits: false, visitor => visitor.ExamineAsync(space))),
        new("a frame whose cookies are kept away", "signed-out-in-frame", hub => SignedInAsync(hub, space, visits: true, visitor => visitor.ExamineAsync(space, frameKeepsCookies: false, opensWindows: false))),
        new("another account at the Space's address", "another-account-at-space", hub => TwoAccountsAsync(hub, space)),
        new("a token in a header of another name", "token-in-wrong-header", hub => WrongHeaderAsync(hub, space)),
        new("a token past its time", "access-token-expired", hub => hub.ExamineAsync(hub.AddPerson(tokenLasts: Passed).Token, space)),
        new("a revoked token", "access-token-revoked", hub => RevokedAsync(hub, space)),
        new("a token of another hub", "access-token-of-another-hub", hub => hub.ExamineAsync("hf_" + new string('a', 34), space)),
        new("a token cut short", "access-token-malformed", hub => hub.ExamineAsync(hub.AddPerson().Token[..20], space)),
        new("a token that is known no more, after a backup was put back", "access-token-unknown", hub => ForgottenAsync(hub, space)),
        new("a token for another Space alone", "access-token-not-permitted", hub => hub.ExamineAsync(
            hub.AddPerson(grant: new AccessTokenGrant(AccessTokenRole.FineGrained, [AccessTokenPermission.UseSpaces, AccessTokenPermission.ReadQuota], [other.Id])).Token, space)),
        new("an account that was shut out", "account-blocked", hub => BlockedAsync(hub, space)),
        new("a sign-in that was ended elsewhere", "sign-in-ended", hub => EndedAsync(hub, space)),
        new("a plan raised while a page is open", "plan-changed-since-page-opened", hub => UpgradedAsync(hub, space)),
    ];

    private static async Task<DoctorAnswer> BrowseAsync(PracticeHub hub, PracticeSpace space, bool keepsCookies, Func<PracticeSpace, PracticeVisitor, Task<DoctorAnswer>> examine)
    {
        using var visitor = hub.Browser(keepsCookies: keepsCookies);
        return await examine(space, visitor).ConfigureAwait(false);
    }

    private static async Task<DoctorAnswer> SignedInAsync(PracticeHub hub, PracticeSpace space, bool visits, Func<PracticeVisitor, Task<DoctorAnswer>> examine)
    {
        using var visitor = hub.Browser();
        await visitor.SignInAsync(hub.AddPerson().Account.Name, PracticeHub.Password).ConfigureAwait(false);
        if (visits) await visitor.VisitAsync(space).ConfigureAwait(false);
        return await examine(visitor).ConfigureAwait(false);
    }

    private static async Task<DoctorAnswer> PrivateWindowAsync(PracticeHub hub, PracticeSpace space)
    {
        var address = hub.NextAddress();
        using var known = hub.Browser(address);
        await known.SignInAsync(hub.AddPerson().Account.Name, PracticeHub.Password).ConfigureAwait(false);
        await known.VisitAsync(space).ConfigureAwait(false);
        using var unknown = hub.Browser(address);
        return await unknown.ExamineAsync(space).ConfigureAwait(false);
    }

    private static async Task<DoctorAnswer> TwoAccountsAsync(PracticeHub hub, PracticeSpace space)
    {
        using var visitor = hub.Browser();
        await visitor.SignInAsync(hub.AddPerson().Account.Name, PracticeHub.Password).ConfigureAwait(false);
        await visitor.VisitAsync(space).ConfigureAwait(false);
        // The hub's cookie is lost, the Space's is not: that one stays what it was opened with.
        visitor.LoseHubCookies();
        await visitor.SignInAsync(hub.AddPerson().Account.Name, PracticeHub.Password).ConfigureAwait(false);
        return await visitor.ExamineAsync(space).ConfigureAwait(false);
    }

    private static async Task<DoctorAnswer> WrongHeaderAsync(PracticeHub hub, PracticeSpace space)
    {
        using var client = PracticeVisitor.Program(hub.NextAddress());
        client.DefaultRequestHeaders.Add("X-Api-Key", hub.AddPerson().Token);
        return await hub.ExamineAsync(null, space, client).ConfigureAwait(false);
    }

    private static Task<DoctorAnswer> RevokedAsync(PracticeHub hub, PracticeSpace space)
    {
        var (id, text) = hub.AddToken(hub.AddPerson().Account);
        hub.Open.Tokens.Revoke(id, hub.Open.Now);
        return hub.ExamineAsync(text, space);
    }

    private static Task<DoctorAnswer> ForgottenAsync(PracticeHub hub, PracticeSpace space)
    {
        var (id, text) = hub.AddToken(hub.AddPerson().Account);
        hub.Forget("access_tokens", id);
        return hub.ExamineAsync(text, space);
    }

    private static Task<DoctorAnswer> BlockedAsync(PracticeHub hub, PracticeSpace space)
    {
        var (account, token) = hub.AddPerson();
        hub.Open.Catalogue.SetBlocked(account.Id, true);
        return hub.ExamineAsync(token, space);
    }

    private static async Task<DoctorAnswer> EndedAsync(PracticeHub hub, PracticeSpace space)
    {
        using var visitor = hub.Browser();
        var (account, _) = hub.AddPerson();
        await visitor.SignInAsync(account.Name, PracticeHub.Password).ConfigureAwait(false);
        hub.Open.Passwords.Set(account.Id, PracticeHub.Password + "-changed", hub.Open.Now);
        return await visitor.ExamineAsync(space).ConfigureAwait(false);
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
