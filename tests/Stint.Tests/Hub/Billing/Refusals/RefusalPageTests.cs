using System.Net;
using System.Text.RegularExpressions;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Billing.Refusals;

public sealed partial class RefusalPageTests : IDisposable
{
    private static readonly IdentityId Here = IdentityId.OfNetwork("127.0.0.1");
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    [Trait("Behaviour", "B2")]
    [Trait("Behaviour", "B17")]
    public async Task Page_OfAnAnonymousRefusal_SaysWhomItCountedFirstAndWhatToDo()
    {
        hub.Start();
        hub.Ledger.Run(Here, 110, Samples.Function(120));
        var id = Refused(Here, Samples.Function(115));
        var page = WebUtility.HtmlDecode(await hub.Browser().GetStringAsync(new Uri($"/refusals/{id}", UriKind.Relative)));
        var counted = page.IndexOf("<p>You were counted as an anonymous visitor (127.0.0.1): no sign-in reached this Space.", StringComparison.Ordinal);
        var why = page.IndexOf("<li>This run needs", StringComparison.Ordinal);
        Assert.True(counted > 0 && why > counted, page);
        Assert.Contains("10 s are left of 120 s: 110 s are spent", page, StringComparison.Ordinal);
        Assert.Contains("110 s spent + 0 s reserved + 10 s left = 120 s", page, StringComparison.Ordinal);
        Assert.Matches("In 23 h 58 min, unless something new is used until then\\.</p><p class=\"large\"><time datetime=\"2023-[^\"]+Z\" data-local>2023-", page);
        Assert.Contains("A run that declares at most 10 s on this GPU size fits now.", page, StringComparison.Ordinal);
        Assert.Contains("<a href=\"/sign-in?next=%2Fspaces%2Fada%2Fpaint\">Sign in and come back to the Space</a>", page, StringComparison.Ordinal);
        Assert.Equal(["passed", "warned", "passed", "passed", "broken", "unreached"], Way(page));
    }

    [Fact]
    public async Task Page_OnceThePurseHolds_SaysThatItWouldBeAdmitted()
    {
        hub.Start();
        hub.Ledger.Run(Here, 110, Samples.Function(120));
        var id = Refused(Here, Samples.Function(115));
        hub.Ledger.SetPlan("anonymous", 25);
        Assert.Contains("Now: the same run would be let in at this moment.", await hub.Browser().GetStringAsync(new Uri($"/refusals/{id}", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 404)]
    [InlineData("bob", 404)]
    [InlineData("ada", 200)]
    [InlineData("root", 200)]
    public async Task Page_OfAnAccountsRefusal_OpensForItAndAdministratorsAlone(string? account, int status)
    {
        hub.Start();
        hub.Ledger.Run(Samples.Ada, 200, Samples.Function(205));
        var id = Refused(Samples.Ada, Samples.Function(206));
        var browser = account is null ? hub.Browser() : await hub.SignedInAsync(account);
        using var answer = await browser.GetAsync(new Uri($"/refusals/{id}", UriKind.Relative));
        Assert.Equal(status, (int)answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal(status == 200, page.Contains("You were counted as ada", StringComparison.Ordinal));
        Assert.Equal(status == 200, page.Contains("ada/paint", StringComparison.Ordinal));
        using var never = await browser.GetAsync(new Uri("/refusals/f_never", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, never.StatusCode);
    }

    /// <summary>Somebody else's says no more than one that never was: not even by how long the answer is.</summary>
    [Fact]
    public async Task Page_OfAnothersRefusal_IsTheSameToTheByteAsOfNone()
    {
        hub.Start();
        hub.Ledger.Run(Samples.Ada, 200, Samples.Function(205));
        var id = Refused(Samples.Ada, Samples.Function(206));
        foreach (var browser in new[] { hub.Browser(), await hub.SignedInAsync("bob") })
        {
            var never = "f_" + new string('0', id.Length - 2);
            var (theirs, none) = (await TextAsync(browser, id), await TextAsync(browser, never));
            Assert.Equal(Neutral(none, never), Neutral(theirs, id));
            Assert.DoesNotContain("paint", theirs, StringComparison.Ordinal);
        }
    }

    [Theory]
    [Trait("Behaviour", "B17")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Page_OfASignedInsRefusal_NeverTellsThemToSignIn(bool administrator)
    {
        hub.Start();
        hub.Ledger.Run(Samples.Ada, 200, Samples.Function(205));
        var id = Refused(Samples.Ada, Samples.Function(206));
        var page = await TextAsync(await hub.SignedInAsync(administrator ? "root" : "ada"), id);
        Assert.Contains("You were counted as ada", page, StringComparison.Ordinal);
        Assert.Equal(administrator, page.Contains("You read this as root, who is an administrator.", StringComparison.Ordinal));
        Assert.DoesNotContain("sign in", page.Replace("Sign out", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(["passed", "passed", "passed", "passed", "broken", "unreached"], Way(page));
    }

    [Fact]
    [Trait("Behaviour", "B17")]
    public async Task Page_OfAnAnonymousRefusalReadBySomeoneSignedIn_LeadsToTheSpaceWithTheirSignIn()
    {
        hub.Start();
        var id = Refused(Here, Samples.Function(300));
        var page = await TextAsync(await hub.SignedInAsync("ada"), id);
        Assert.Contains("At this hub you are signed in as ada, and nothing of that account was used", page, StringComparison.Ordinal);
        Assert.Contains("<a href=\"/visit/ada/paint?path=%2F\">Open the Space with your sign-in</a>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Sign in and come back", page, StringComparison.Ordinal);
        Assert.Contains("Never as it was asked", page, StringComparison.Ordinal);
        Assert.Contains("<p>Open the Space as ada, who is signed in here: that account has a plan of its own. Or declare a shorter duration", page, StringComparison.Ordinal);
    }

    /// <summary>Whatever the cause, nobody who is signed in reads that they should be.</summary>
    [Theory]
    [Trait("Behaviour", "B17")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Page_OfAnAnonymousRefusal_AdvisesWhoeverReadsIt(bool capped)
    {
        hub.Start();
        hub.Ledger.Run(Here, capped ? 30 : 110, Samples.Function(120));
        if (capped) hub.Catalogue.SetPlan(hub.Catalogue.FindPlan("anonymous")! with { SharedCap = Stint.Core.Quota.GpuTime.FromSeconds(60) });
        var id = Refused(Here, Samples.Function(115));
        var (stranger, ada) = (await TextAsync(hub.Browser(), id), await TextAsync(await hub.SignedInAsync("ada"), id));
        Assert.Contains("<p>Sign in: an account has an allowance of its own", stranger, StringComparison.Ordinal);
        Assert.Contains("<p>Open the Space as ada, who is signed in here: that account has an allowance of its own", ada, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?i)\\bsign in\\b|you are signed in;", ada);
    }

    [Theory]
    [Trait("Behaviour", "B17")]
    [InlineData("sign-in-needed")]
    [InlineData("sign-in-ended")]
    [InlineData("sign-in-expired")]
    public async Task Page_OfWhatWasTurnedAwayForWantOfASignIn_AdvisesWhoeverReadsIt(string cause)
    {
        hub.Start();
        Assert.Matches("<p>Sign in", await TextAsync(hub.Browser(), $"at/ada/paint/{cause}"));
        var page = await TextAsync(await hub.SignedInAsync("bob"), $"at/ada/paint/{cause}");
        Assert.Contains("<p>Open the Space as bob, who is signed in here.</p>", page, StringComparison.Ordinal);
        Assert.Contains("<p>At once, with the sign-in that you have here; waiting does not help.</p>", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("<p>Sign in", page);
    }

    [Fact]
    public async Task Page_OfARefusalForACeiling_RaisesItForItsHolderAlone()
    {
        hub.Start();
        hub.Ledger.Do(new Stint.Core.Leasing.Instructions.GrantCredit(
            Samples.Ada, new("c_1"), Stint.Core.Quota.Purses.CreditKind.Credit, Stint.Core.Quota.GpuTime.FromSeconds(600), hub.Ledger.Clock.Now + TimeSpan.FromDays(1), "for a trial", "root"));
        hub.Ledger.Run(Samples.Ada, 200, Samples.Function(205));
        var id = Refused(Samples.Ada, Samples.Function(110));
        var ada = await hub.SignedInAsync("ada");
        var page = await TextAsync(ada, id);
        Assert.Contains("Raise your ceiling to 100 s", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Raise your ceiling to", await TextAsync(await hub.SignedInAsync("root"), id), StringComparison.Ordinal);

        // Whoever else sends the form changes nothing, and whoever sends none of ours.
        using (var other = await WebHub.PostAsync(await hub.SignedInAsync("bob"), $"/refusals/{id}/ceiling", page)) Assert.NotEqual(HttpStatusCode.Redirect, other.StatusCode);
        using (var plain = await ada.PostAsync(new Uri($"/refusals/{id}/ceiling", UriKind.Relative), new FormUrlEncodedContent([]))) Assert.Equal(HttpStatusCode.BadRequest, plain.StatusCode);
        var box = hub.Get<Stint.Hub.Store.Instructions.InstructionBox>();
        Assert.Empty(box.Undecided(10));
        var raised = WebHub.PostAsync(ada, $"/refusals/{id}/ceiling", page);
        await Eventually.True(() => box.Undecided(10).Count == 1);
        var asked = Assert.IsType<Stint.Core.Leasing.Instructions.SetCeiling>(box.Undecided(10)[0].Instruction);
        Assert.Equal((Samples.Ada, null, Stint.Core.Quota.GpuTime.FromSeconds(100)), (asked.Identity, (object?)asked.Space, asked.Limit!.Value));
        _ = raised;
    }

    /// <summary>One that was raised since is looked at where all of them are; it is its holder's, and no administrator's.</summary>
    [Fact]
    public async Task Page_OfARefusalForACeilingThatIsAnotherNow_LeadsItsHolderToTheLimits()
    {
        hub.Start();
        Allow(50);
        var id = Refused(Samples.Ada, Samples.Function(110));
        Allow(60);
        Assert.Contains("<a href=\"/settings/limits\">Raise your ceiling</a>", await TextAsync(await hub.SignedInAsync("ada"), id), StringComparison.Ordinal);
        var root = await TextAsync(await hub.SignedInAsync("root"), id);
        Assert.DoesNotContain("Raise your ceiling</a>", root, StringComparison.Ordinal);
        Assert.Contains("Ask for a shorter run</a>", root, StringComparison.Ordinal);

        void Allow(int seconds) => hub.Ledger.Do(new Stint.Core.Leasing.Instructions.SetCeiling(Samples.Ada, Samples.Paint, Stint.Core.Quota.GpuTime.FromSeconds(seconds)));
    }

    [Theory]
    [InlineData("access-token-revoked", "The access token was revoked.", "/settings/tokens")]
    [InlineData("sign-in-ended", "You were signed out.", "/sign-in?next=")]
    [InlineData("sign-in-needed", "no sign-in reached it", "/sign-in?next=")]
    [InlineData("access-token.account-blocked", "The account of this access token was shut out by an administrator.", "/doctor?space=")]
    [InlineData("space-failed", "The fault is the Space's; nothing was charged for it.", "/spaces/ada/paint")]
    public async Task Page_OfWhatWasTurnedAwayAtTheDoor_TellsCauseAndWayOut(string cause, string sentence, string leadsTo)
    {
        hub.Start();
        var page = await TextAsync(hub.Browser(), $"at/ada/paint/{cause}");
        Assert.Contains("<p>Nobody was counted", page, StringComparison.Ordinal);
        Assert.Contains(sentence, page, StringComparison.Ordinal);
        Assert.Contains($"href=\"{leadsTo}", page, StringComparison.Ordinal);
        Assert.Single(Way(page), "broken");
    }

    /// <summary>Nothing from an address is ever shown.</summary>
    [Theory]
    [InlineData("at/ada/paint/send-your-password-to-evil.test")]
    [InlineData("at/ada/paint/%3Cscript%3Ealert(1)%3C%2Fscript%3E")]
    [InlineData("at/ada/%3Cscript%3E/access-token-revoked")]
    [InlineData("..%2Fadmin")]
    [InlineData("%00")]
    [InlineData("f_'%20OR%201=1")]
    public async Task Page_OfAnAddressThatSomebodyMadeUp_ShowsNothingOfIt(string made)
    {
        hub.Start();
        using var answer = await hub.Browser().GetAsync(new Uri($"/refusals/{made}", UriKind.Relative));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.InRange((int)answer.StatusCode, 400, 404);
        Assert.DoesNotContain("evil", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
    }

    private static async Task<string> TextAsync(HttpClient browser, string id)
    {
        using var answer = await browser.GetAsync(new Uri($"/refusals/{id}", UriKind.Relative));
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Without what differs from one answer to the next: the forms' own secrets, and the id that was asked for.</summary>
    private static string Neutral(string page, string id) => Secret().Replace(page, "").Replace(id, "", StringComparison.Ordinal);

    private static IEnumerable<string> Way(string page) => Stops().Matches(page).Select(stop => stop.Groups[1].Value);

    [GeneratedRegex("<li class=\"(passed|warned|broken|unreached)\"")]
    private static partial Regex Stops();

    [GeneratedRegex("value=\"[^\"]+\"")]
    private static partial Regex Secret();

    /// <summary>Strict Spaces ask for what is declared, so that a refusal does not hang on what was measured before.</summary>
    private string Refused(IdentityId who, Stint.Core.Spaces.FunctionKey function)
    {
        var request = Samples.Request("asked", who, hub.Catalogue.PlanOf(who), function) with { Strict = true };
        var reply = (RequestLeaseReply)hub.Ledger.Do(request);
        Assert.Equal(RequestLeaseOutcome.Refused, reply.Outcome);
        hub.Catalogue.ChangeSpace(Samples.Paint, space => space with { Strict = true });
        return reply.Refusal!.Id.Value;
    }
}
