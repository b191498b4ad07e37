using System.Net;
using System.Text.RegularExpressions;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Hub.Store.Alerts;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Admin;

public sealed partial class AdminPageTests : IDisposable
{
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    public async Task People_Searched_ShowWhoseNameHoldsItAndWhatIsLeft()
    {
        hub.Start();
        hub.Ledger.Run(Samples.Ada, 30);
        var root = await hub.SignedInAsync("root");
        var found = await TextAsync(root, "/admin/people?search=AD");
        Assert.Contains("30 s of 210 s", found, StringComparison.Ordinal);
        Assert.Contains("180 s", found, StringComparison.Ordinal);
        Assert.DoesNotContain("/admin/people/bob", found, StringComparison.Ordinal);
        Assert.Contains("No account has '%' in its name", await TextAsync(root, "/admin/people?search=%25"), StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", await root.GetStringAsync(new Uri("/admin/people?search=<script>", UriKind.Relative)), StringComparison.Ordinal);
    }

    /// <summary>Each moment of the page is told in its reader's own time, and in UTC without script.</summary>
    [Fact]
    public async Task Person_WhoseWindowIsOpen_SaysInTheReadersTimeWhenItIsBack()
    {
        hub.Start();
        hub.Ledger.Run(Samples.Ada, 30);
        var page = await TextAsync(await hub.SignedInAsync("root"), "/admin/people/ada");
        Assert.Matches(@"All of it is back at <time datetime=""[^""]+Z"" data-local>[^<]+ UTC</time>\.", page);
        Assert.DoesNotMatch("UTC(?!</time>)", page);
    }

    [Fact]
    public async Task Plan_Changed_IsThePersonsAtOnce()
    {
        hub.Start();
        var (_, page) = await SendAsync("/admin/people/ada", "/admin/people/ada/plan", ("plan", "pro"));
        Assert.Contains("ada is on plan pro (was free)", page, StringComparison.Ordinal);
        Assert.Equal("pro", hub.Catalogue.FindAccount("ada")!.Plan);
        var (status, unknown) = await SendAsync("/admin/people/ada", "/admin/people/ada/plan", ("plan", "gold"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (status, unknown.Contains("No plan is named 'gold'", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Link_Made_OpensOnceAndTheOneBeforeNoLonger()
    {
        hub.Start();
        var links = new List<string>();
        foreach (var _ in new[] { 1, 2 }) links.Add(SetUp().Match((await SendAsync("/admin/people/ada", "/accounts/ada/set-up-link")).Page).Value);
        using var former = await hub.Browser().GetAsync(new Uri(links[0], UriKind.Relative));
        using var latter = await hub.Browser().GetAsync(new Uri(links[1], UriKind.Relative));
        Assert.Equal((HttpStatusCode.Gone, HttpStatusCode.OK), (former.StatusCode, latter.StatusCode));
        Assert.DoesNotContain("/set-up/", await TextAsync(await hub.SignedInAsync("root"), "/admin/people/ada"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Behaviour", "B72")]
    public async Task Boost_Granted_StandsInTheLedgerWithReasonApproverAndEndAndOnceHoweverOftenSent()
    {
        hub.Start();
        var root = await hub.SignedInAsync("root");
        var page = await root.GetStringAsync(new Uri("/admin/people/ada", UriKind.Relative));
        var key = Key().Match(page).Groups[1].Value;
        foreach (var _ in new[] { 1, 2 })
        {
            var answer = await DecidedAsync(WebHub.PostAsync(root, "/admin/people/ada/credits", page, ("kind", "boost"), ("key", key), ("amount", "60.5"), ("days", "2"), ("reason", "for the demo")));
            Assert.Contains("ada has 60.5 s of GPU time more", answer.Page, StringComparison.Ordinal);
        }

        var credit = Assert.Single(hub.Ledger.Reads.Ledger(Samples.Ada).Credits.InOrder);
        Assert.Equal((CreditKind.Boost, 60_500L, "for the demo", "root"), (credit.Kind, credit.Amount.Milliseconds, credit.Reason, credit.Approver));
        Assert.Equal(TimeSpan.FromDays(2), credit.ExpiresAt - credit.GrantedAt);
        hub.Ledger.Pass(2 * 86_400);
        Assert.Contains("expired", await TextAsync(root, "/admin/people/ada"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", "1", "because", "An amount is more than nothing")]
    [InlineData("-5", "1", "because", "An amount is more than nothing")]
    [InlineData("1e9", "1", "because", "An amount is more than nothing")]
    [InlineData("99999999", "1", "because", "at most a month of GPU time")]
    [InlineData("60", "367", "because", "within a year")]
    [InlineData("60", "0", "because", "within a year")]
    [InlineData("60", "1", " ", "a reason is needed")]
    public async Task Credit_ThatMayNotBe_IsRefusedWithWhatIsWrong(string amount, string days, string reason, string says)
    {
        hub.Start();
        var (status, page) = await SendAsync("/admin/people/ada", "/admin/people/ada/credits", ("kind", "credit"), ("key", "page:1"), ("amount", amount), ("days", days), ("reason", reason));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains(says, page, StringComparison.Ordinal);
        Assert.Empty(hub.Ledger.Reads.Ledger(Samples.Ada).Credits.InOrder);
    }

    [Fact]
    [Trait("Behaviour", "B33")]
    public async Task Refund_OfAReceipt_ComesBackOnceWithItsReason()
    {
        hub.Start();
        var run = hub.Ledger.Run(Samples.Ada, 30);
        Assert.Contains("Give back 30 s", await TextAsync(await hub.SignedInAsync("root"), $"/admin/refunds?receipt={run}"), StringComparison.Ordinal);
        var (status, page) = await SendAsync($"/admin/refunds?receipt={run}", "/admin/refunds", ("receipt", run.Value), ("reason", "the GPU was hot"));
        Assert.Equal((HttpStatusCode.OK, true), (status, page.Contains("30 s came back.", StringComparison.Ordinal)));
        Assert.Equal(("the GPU was hot", "root"), (hub.Ledger.Reads.Receipt(run)!.Refund!.Reason, hub.Ledger.Reads.Receipt(run)!.Refund!.By));
        var (again, twice) = await SendAsync("/admin/refunds", "/admin/refunds", ("receipt", run.Value), ("reason", "once more"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (again, twice.Contains("came back before", StringComparison.Ordinal)));
        var (unknown, missing) = await SendAsync("/admin/refunds", "/admin/refunds", ("receipt", "r_' OR 1=1"), ("reason", "x"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (unknown, missing.Contains("There is no receipt of this id", StringComparison.Ordinal)));
    }

    [Fact]
    [Trait("Behaviour", "B61")]
    public async Task Plans_WithARuleWithoutEffect_SayWhichAndWhatToDo()
    {
        hub.Start();
        hub.Ledger.Catalogue.SetPlan(Stint.Core.Plans.Plan.Defaults[0]);
        Assert.DoesNotContain("never counts", await TextAsync(await hub.SignedInAsync("root"), "/admin/plans"), StringComparison.Ordinal);
        var (_, page) = await SendAsync("/admin/plans", "/admin/plans", ("name", "free"), ("allowance", "210"), ("longest", "211"), ("priority", "2"), ("hosting", "2"));
        Assert.Contains("Plan 'free': a run may declare up to 211 s, but the allowance ends it after 210 s", page, StringComparison.Ordinal);
        var (_, put) = await SendAsync("/admin/plans", "/admin/plans", ("name", "free"), ("allowance", "210"), ("longest", "210"), ("priority", "2"), ("hosting", "2"));
        Assert.DoesNotContain("Plan 'free': a run may declare", put, StringComparison.Ordinal);
        var (status, wrong) = await SendAsync("/admin/plans", "/admin/plans", ("name", "Bad Name"), ("allowance", "210"), ("longest", "210"), ("priority", "2"), ("hosting", "2"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (status, wrong.Contains("is no plan name", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync("/admin/plans", "/admin/plans", ("name", "free"), ("allowance", "abc"))).Status);
        Assert.Equal(new GpuTime(210_000), hub.Catalogue.FindPlan("free")!.Allowance);
    }

    [Fact]
    public async Task Audit_Run_SaysThatTheLedgerIsSoundAndWhatItWentThrough()
    {
        hub.Start();
        hub.Ledger.Run(Samples.Ada, 30);
        var (status, _) = await SendAsync("/admin/audit", "/admin/audit");
        Assert.Equal(HttpStatusCode.Redirect, status);
        await Eventually.True(() => hub.Get<Stint.Hub.Admin.Ledgers.AuditRun>().Standing is { GoesOn: false });
        var page = await TextAsync(await hub.SignedInAsync("root"), "/admin/audit");
        Assert.Contains("Sound", page, StringComparison.Ordinal);
        Assert.Matches(@"\d+ entries, \d+ ledgers, 1 reservations of which 0 are open", page);
    }

    [Fact]
    [Trait("Behaviour", "B84")]
    public async Task Webhook_Set_HidesItsPathAndIsTested()
    {
        hub.Start();
        var (refused, why) = await SendAsync("/admin/alerts", "/admin/alerts/webhook", ("url", "http://169.254.169.254/"), ("http", "on"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (refused, why.Contains("secrets of the machine", StringComparison.Ordinal)));
        var (_, page) = await SendAsync("/admin/alerts", "/admin/alerts/webhook", ("url", "http://127.0.0.1:1/services/key"), ("http", "on"), ("secret", "s3cret of mine"));
        Assert.Contains("http://127.0.0.1:1/…", page, StringComparison.Ordinal);
        Assert.DoesNotContain("services/key", page, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", page, StringComparison.Ordinal);
        var (status, test) = await SendAsync("/admin/alerts", "/admin/alerts/test");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (status, test.Contains("nothing answers there", StringComparison.Ordinal)));
        // The secret stays with the host it was made for, and goes to no other.
        await SendAsync("/admin/alerts", "/admin/alerts/webhook", ("url", "http://127.0.0.1:1/other"), ("http", "on"));
        Assert.Equal("s3cret of mine", hub.Get<WebhookSetting>().Find()!.Secret);
        await SendAsync("/admin/alerts", "/admin/alerts/webhook", ("url", "https://elsewhere.example/"));
        Assert.Null(hub.Get<WebhookSetting>().Find()!.Secret);
        await SendAsync("/admin/alerts", "/admin/alerts/off");
        Assert.Null(hub.Get<WebhookSetting>().Find());
    }

    [Fact]
    [Trait("Behaviour", "B84")]
    public async Task Notice_OfAPurse_StandsOnItsHoldersPagesUntilUnderstood()
    {
        hub.Start();
        hub.Get<AlertBook>().Raise(
            new("k<1>", hub.Ledger.Clock.Now, AlertKind.PurseUsed, "purse/ada", Samples.Ada, hub.Ledger.Clock.Now + TimeSpan.FromHours(1), new("allowance", 80, new(168_000), new(210_000), hub.Ledger.Clock.Now)), []);
        var (ada, bob) = (await hub.SignedInAsync("ada"), await hub.SignedInAsync("bob"));
        var page = await ada.GetStringAsync(new Uri("/", UriKind.Relative));
        Assert.Contains("At least 80 % of your GPU time of this window is used: 168 s of 210 s.", page, StringComparison.Ordinal);
        var others = await bob.GetStringAsync(new Uri("/", UriKind.Relative));
        // Told as it comes, without interrupting: in a live region that was there before.
        foreach (var each in new[] { page, others }) Assert.Contains("<div data-live=\"notices\" role=\"status\">", each, StringComparison.Ordinal);
        Assert.DoesNotContain("role=\"alert\"", page, StringComparison.Ordinal);
        Assert.Single(Status().Matches(page));
        Assert.DoesNotContain("80 % of", others, StringComparison.Ordinal);
        using var foreign = await WebHub.PostAsync(bob, "/notices/dismiss", others, ("key", "k<1>"), ("next", "/"));
        using var forged = await WebHub.PostAsync(ada, "/notices/dismiss", "", ("key", "k<1>"), ("next", "/"));
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.Contains("80 % of your", await ada.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
        using var understood = await WebHub.PostAsync(ada, "/notices/dismiss", page, ("key", "k<1>"), ("next", "//evil.example"));
        Assert.Equal("/", understood.Headers.Location!.OriginalString);
        Assert.DoesNotContain("80 % of your", await ada.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
    }

    private static async Task<string> TextAsync(HttpClient browser, string path) => WebUtility.HtmlDecode(await browser.GetStringAsync(new Uri(path, UriKind.Relative)));

    /// <summary>An administrator opens a page and sends a form of it, beside an engine that decides what it asks.</summary>
    private async Task<(HttpStatusCode Status, string Page)> SendAsync(string page, string path, params (string, string)[] fields)
    {
        var root = await hub.SignedInAsync("root");
        return await DecidedAsync(WebHub.PostAsync(root, path, await root.GetStringAsync(new Uri(page, UriKind.Relative)), fields));
    }

    private async Task<(HttpStatusCode Status, string Page)> DecidedAsync(Task<HttpResponseMessage> sending)
    {
        for (; !sending.IsCompleted; await Task.Delay(5)) hub.Ledger.DecideInstructions();
        using var answer = await sending;
        return (answer.StatusCode, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()));
    }

    [GeneratedRegex("role=\"status\"")]
    private static partial Regex Status();

    [GeneratedRegex("/set-up/[A-Za-z0-9_-]+")]
    private static partial Regex SetUp();

    [GeneratedRegex("name=\"key\" value=\"([^\"]+)\"")]
    private static partial Regex Key();
}
