using System.Net;
using Stint.Core.Identities;
using Stint.Hub.Store.Alerts;
using Stint.Tests.Hub.Gateway;
using Xunit;

namespace Stint.Tests.Hub.Accounts;

/// <summary>The address of one's own alerts, by the page of the account.</summary>
[Trait("Behaviour", "B84")]
public sealed class OwnWebhookTests
{
    private const string Path = "/settings/account";
    private const string Secret = "a secret of mine";

    [Fact]
    public async Task Address_OfAPrivateNetwork_IsRefusedUnlessTheOperatorAllowsIt()
    {
        using var hub = new WebHub();
        hub.Start();
        var (status, page) = await SendAsync(await hub.SignedInAsync("ada"), "/webhook", ("url", "https://10.0.0.1/services/key"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("10.0.0.1 is not on the public internet, and this hub sends nobody's alerts elsewhere; give another address, or ask its operator.", page, StringComparison.Ordinal);
        Assert.Null(hub.Get<PersonalWebhooks>().Find(new("ada")));
    }

    [Fact]
    public async Task Address_Named_HidesItsPathIsTestedAndTakenAway()
    {
        await using var receiver = await FakeSpace.StartAsync(_ => Task.CompletedTask);
        using var hub = new WebHub { PrivateWebhooks = true };
        hub.Start();
        var (ada, bob) = (await hub.SignedInAsync("ada"), await hub.SignedInAsync("bob"));
        var (set, page) = await SendAsync(ada, "/webhook", ("url", new Uri(receiver.Url, "/services/key").AbsoluteUri), ("secret", Secret));
        Assert.Equal((HttpStatusCode.OK, true), (set, page.Contains($"Your alerts go to {receiver.Url}…. Send a test to prove the way.", StringComparison.Ordinal)));
        Assert.DoesNotContain("services/key", page, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, page, StringComparison.Ordinal);

        var (sent, test) = await SendAsync(ada, "/webhook/test");
        Assert.Equal((HttpStatusCode.OK, true), (sent, test.Contains("The test was delivered: it answered 200.", StringComparison.Ordinal)));
        Assert.Contains("Stint-Signature", Assert.Single(receiver.Seen).Headers.Keys);
        // Nobody has the hub knock somewhere all the time.
        var (again, soon) = await SendAsync(ada, "/webhook/test");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (again, soon.Contains("a test was sent less than 10 s ago", StringComparison.Ordinal)));
        Assert.Single(receiver.Seen);

        // Everybody has their own, and the secret stays with the host it was made for.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync(bob, "/webhook/test")).Status);
        await SendAsync(ada, "/webhook", ("url", new Uri(receiver.Url, "/other").AbsoluteUri));
        Assert.Equal(Secret, hub.Get<PersonalWebhooks>().Find(new("ada"))!.Secret);
        await SendAsync(ada, "/webhook", ("url", "http://127.0.0.1:1/"));
        Assert.Null(hub.Get<PersonalWebhooks>().Find(new("ada"))!.Secret);
        await SendAsync(ada, "/webhook/off");
        Assert.Null(hub.Get<PersonalWebhooks>().Find(new AccountId("ada")));
    }

    [Fact]
    public async Task Form_OfAnotherPage_NamesNothing()
    {
        using var hub = new WebHub { PrivateWebhooks = true };
        hub.Start();
        using var form = new FormUrlEncodedContent([new("url", "http://127.0.0.1:1/")]);
        foreach (var path in new[] { "/webhook", "/webhook/off", "/webhook/test" })
        {
            using var forged = await (await hub.SignedInAsync("ada")).PostAsync(new Uri(Path + path, UriKind.Relative), form);
            Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
            using var stranger = await hub.Browser().PostAsync(new Uri(Path + path, UriKind.Relative), form);
            Assert.Equal(HttpStatusCode.Redirect, stranger.StatusCode);
        }

        Assert.Null(hub.Get<PersonalWebhooks>().Find(new("ada")));
    }

    private static async Task<(HttpStatusCode Status, string Page)> SendAsync(HttpClient browser, string path, params (string, string)[] fields)
    {
        using var answer = await WebHub.PostAsync(browser, Path + path, await browser.GetStringAsync(new Uri(Path, UriKind.Relative)), fields);
        return (answer.StatusCode, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()));
    }
}
