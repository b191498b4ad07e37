using System.Net;
using Stint.Core.Identities;
using Stint.Core.Quota.Purses;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Admin;

public sealed class AdminDoorTests : IDisposable
{
    private static readonly string[] Rooms = ["", "/people", "/people/ada", "/plans", "/spaces", "/refunds", "/audit", "/alerts"];
    private static readonly string[] Posts = ["/people/ada/plan", "/people/ada/credits", "/people/ada/withdraw", "/plans", "/refunds", "/audit", "/alerts/webhook", "/alerts/off", "/alerts/test"];

    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    public async Task Rooms_AskedByAnAdministrator_AreThere()
    {
        hub.Start();
        hub.Ledger.Run(Samples.Ada, 30);
        hub.Ledger.Ask(Samples.Bob);
        var root = await hub.SignedInAsync("root");
        foreach (var room in Rooms)
        {
            using var answer = await root.GetAsync(At(room));
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{room}: {answer.StatusCode}");
            Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.True(answer.Headers.CacheControl!.NoStore);
            Assert.DoesNotContain(" style=", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Rooms_AskedByAnyoneElse_SayNothing()
    {
        hub.Start();
        var (nobody, ada) = (hub.Browser(), await hub.SignedInAsync("ada"));
        foreach (var room in Rooms)
        {
            using var turnedAway = await nobody.GetAsync(At(room));
            Assert.Equal((HttpStatusCode.Redirect, true), (turnedAway.StatusCode, turnedAway.Headers.Location!.OriginalString.StartsWith("/sign-in?", StringComparison.Ordinal)));
            using var forbidden = await ada.GetAsync(At(room));
            Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
            Assert.DoesNotContain("bob", await forbidden.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Rooms_AskedWithAnAdministratorsAccessToken_SayNothing()
    {
        hub.Start();
        foreach (var room in Rooms)
        {
            using var answer = await hub.ApiAsync("/admin" + room, hub.Ledger.NewToken("root", AccessTokenRole.Write).Text);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Posts_OfAnyoneElse_ChangeNothing()
    {
        hub.Start();
        var (nobody, ada) = (hub.Browser(), await hub.SignedInAsync("ada"));
        var (outside, inside) = (await nobody.GetStringAsync(new Uri("/sign-in", UriKind.Relative)), await ada.GetStringAsync(new Uri("/", UriKind.Relative)));
        foreach (var path in Posts)
        {
            using var unknown = await WebHub.PostAsync(nobody, "/admin" + path, outside, Fields);
            using var member = await WebHub.PostAsync(ada, "/admin" + path, inside, Fields);
            Assert.Equal((path, HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden), (path, unknown.StatusCode, member.StatusCode));
        }

        AssertNothingChanged();
    }

    [Fact]
    public async Task Posts_ThatNoPageOfOursSent_ChangeNothing()
    {
        hub.Start();
        var root = await hub.SignedInAsync("root");
        var page = await root.GetStringAsync(At("/plans"));
        foreach (var path in Posts)
        {
            using var withoutToken = await WebHub.PostAsync(root, "/admin" + path, "", Fields);
            Assert.Equal((path, HttpStatusCode.BadRequest), (path, withoutToken.StatusCode));
            root.DefaultRequestHeaders.Add("Origin", "http://127.0.0.1:19999");
            using var fromASpace = await WebHub.PostAsync(root, "/admin" + path, page, Fields);
            Assert.Equal((path, HttpStatusCode.BadRequest), (path, fromASpace.StatusCode));
            root.DefaultRequestHeaders.Remove("Origin");
        }

        AssertNothingChanged();
    }

    private static (string, string)[] Fields =>
        [("plan", "pro"), ("name", "free"), ("allowance", "1"), ("longest", "60"), ("priority", "1"), ("hosting", "1"), ("kind", "boost"), ("key", "page:1"), ("amount", "60"), ("days", "1"), ("reason", "because"), ("url", "https://hooks.example/")];

    private void AssertNothingChanged()
    {
        Assert.Equal(("free", 210), (hub.Catalogue.FindAccount("ada")!.Plan, hub.Catalogue.FindPlan("free")!.Allowance.WholeSeconds));
        Assert.Empty(new Stint.Hub.Store.Instructions.InstructionBox(hub.Catalogue).Undecided(10));
        Assert.Null(hub.Get<Stint.Hub.Store.Alerts.WebhookSetting>().Find());
        Assert.Null(hub.Get<Stint.Hub.Admin.Ledgers.AuditRun>().Standing);
        Assert.Empty(hub.Ledger.Reads.Ledger(Samples.Ada).Credits.InOrder);
        Assert.Equal(Ceilings.None, hub.Ledger.Reads.Ledger(Samples.Ada).Ceilings);
    }

    private static Uri At(string room) => new("/admin" + room, UriKind.Relative);
}
