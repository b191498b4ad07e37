using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Stint.Core.Spaces;
using Stint.Hub;
using Stint.Hub.Alerts;
using Stint.Hub.Alerts.Webhooks;
using Stint.Hub.Layout.Live;
using Stint.Hub.Store.Alerts;
using Stint.Tests.Fakes;
using Stint.Tests.Hub.Billing;
using Stint.Tests.Hub.Gateway;
using Xunit;

namespace Stint.Tests.Hub.Alerts;

[Trait("Behaviour", "B84")]
public sealed class WebhookTests : IAsyncLifetime, IDisposable
{
    private const string Secret = "a secret of the receiver";

    private readonly BillingHub hub = new();
    private readonly ConcurrentQueue<string> bodies = new();
    private readonly UpstreamRule rule = new([7860, 7861]);
    private Func<HttpContext, Task> answer = _ => Task.CompletedTask;
    private FakeSpace receiver = null!;
    private WebhookSender sender = null!;

    public async Task InitializeAsync()
    {
        sender = new WebhookSender(rule, TimeProvider.System);
        receiver = await FakeSpace.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            bodies.Enqueue(await reader.ReadToEndAsync());
            await answer(context);
        });
    }

    public async Task DisposeAsync() => await receiver.DisposeAsync();

    public void Dispose()
    {
        sender.Dispose();
        hub.Dispose();
    }

    private WebhookSetting Setting => new(hub.Database, new byte[32]);

    private AlertBook Book => new(hub.Database);

    [Fact]
    public async Task SendDue_AnAlert_ArrivesSignedOnceAndHoldsNoSecret()
    {
        Setting.Set(To(Secret));
        Raise();
        using var delivery = Delivery();
        foreach (var _ in new[] { 1, 2 }) await delivery.SendDueAsync(CancellationToken.None);
        var body = Assert.Single(bodies);
        var message = JsonDocument.Parse(body).RootElement;
        Assert.Equal(("purse-used", "ada", 80, 168m), (message.GetProperty("kind").GetString(), message.GetProperty("account").GetString(), message.GetProperty("percent").GetInt32(), message.GetProperty("spentSeconds").GetDecimal()));
        Assert.DoesNotContain(Secret, body, StringComparison.Ordinal);
        var signature = Assert.Single(receiver.Seen).Headers[WebhookSender.SignatureHeader].Split(',');
        var expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{signature[0]["t=".Length..]}.{body}"));
        Assert.Equal("v1=" + Convert.ToHexStringLower(expected), signature[1]);
        Assert.Equal(DeliveryState.Delivered, Assert.Single(Book.Latest(10)).State);
    }

    [Fact]
    public async Task SendDue_AfterFailures_TriesAgainLaterAndGivesUpInTheEnd()
    {
        answer = context => Task.FromResult(context.Response.StatusCode = 500);
        Setting.Set(To(null));
        Raise();
        for (var tries = 1; tries <= AlertRounds.Pauses.Count + 1; tries++)
        {
            using var restarted = Delivery();
            foreach (var _ in new[] { 1, 2 }) await restarted.SendDueAsync(CancellationToken.None);
            Assert.Equal(tries, bodies.Count);
            if (tries <= AlertRounds.Pauses.Count) hub.Pass(AlertRounds.Pauses[tries - 1].TotalSeconds);
        }

        hub.Pass(86_400);
        using var last = Delivery();
        await last.SendDueAsync(CancellationToken.None);
        var kept = Assert.Single(Book.Latest(10));
        Assert.Equal((DeliveryState.GivenUp, AlertRounds.Pauses.Count + 1, "it answered 500"), (kept.State, kept.Attempts, kept.Problem));
        Assert.Single(bodies.Select(body => JsonDocument.Parse(body).RootElement.GetProperty("id").GetString()).Distinct());
    }

    [Fact]
    public async Task Send_ToOneThatRedirects_FollowsNothing()
    {
        await using var elsewhere = await FakeSpace.StartAsync(_ => Task.CompletedTask);
        answer = context =>
        {
            context.Response.Redirect(elsewhere.Url.AbsoluteUri, permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        };
        var result = await sender.SendAsync(To(null), "{}", CancellationToken.None);
        Assert.False(result.IsDelivered);
        Assert.Contains("redirect", result.Says, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Seen);
    }

    [Fact]
    public async Task Send_ToANameThatLeadsToTheHubItself_ConnectsToNothing()
    {
        using var own = new WebhookSender(new UpstreamRule([receiver.Url.Port]), TimeProvider.System);
        // A name is looked at again when it is connected to, whatever it led to when it was written down.
        var webhook = new Webhook(new Uri($"http://localhost:{receiver.Url.Port}/"), null, true, AnyAddress: false);
        Assert.Equal(WebhookRule.Forbidden("localhost"), (await own.SendAsync(webhook, "{}", CancellationToken.None)).Says);
        Assert.Empty(receiver.Seen);
        Assert.True((await own.SendAsync(webhook with { AnyAddress = true }, "{}", CancellationToken.None)).IsDelivered);
    }

    [Theory]
    [InlineData("https://hooks.example/x", false, false, true)]
    [InlineData("http://hooks.example/x", false, false, false)]
    [InlineData("http://hooks.example/x", true, false, true)]
    [InlineData("http://127.0.0.1:9999/x", true, false, true)]
    [InlineData("http://127.0.0.1:7860/x", true, false, false)]
    [InlineData("http://localhost:7861/x", true, false, false)]
    [InlineData("http://169.254.169.254/latest/meta-data", true, false, false)]
    [InlineData("http://[::ffff:169.254.169.254]/", true, false, false)]
    [InlineData("http://[fd00:ec2::254]/", true, false, false)]
    [InlineData("https://metadata.google.internal/", false, false, false)]
    [InlineData("http://0.0.0.0/", true, false, false)]
    [InlineData("http://169.254.169.254/", true, true, true)]
    [InlineData("https://user:password@hooks.example/", false, false, false)]
    [InlineData("ftp://hooks.example/", true, true, false)]
    [InlineData("file:///etc/passwd", true, true, false)]
    [InlineData("/x", true, true, false)]
    [InlineData("", true, true, false)]
    public void Problem_OfAWebhook_IsSaidWhereItMayNotBe(string url, bool plainHttp, bool anyAddress, bool isAllowed) =>
        Assert.Equal(isAllowed, WebhookRule.Problem(url, plainHttp, anyAddress, null, rule) is null);

    [Fact]
    public void Setting_WithASecret_KeepsItEncryptedAndShowsNoPath()
    {
        Setting.Set(new Webhook(new Uri("https://hooks.example/services/T0/B0/key"), Secret, false, false));
        Assert.Equal(Secret, Setting.Find()!.Secret);
        Assert.Equal("https://hooks.example/…", Setting.Find()!.Shown);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        foreach (var file in Directory.EnumerateFiles(hub.Directory, "stint.db*"))
            Assert.False(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret)) >= 0, $"{file} holds the secret");
    }

    [Fact]
    public async Task Raise_WithoutAWebhook_WaitsForNone()
    {
        Raise();
        Setting.Set(To(null));
        using var delivery = Delivery();
        await delivery.SendDueAsync(CancellationToken.None);
        Assert.Equal(DeliveryState.NotWanted, Assert.Single(Book.Latest(10)).State);
        Assert.Empty(bodies);
        Assert.True((await delivery.TestAsync("root", CancellationToken.None))!.IsDelivered);
        Assert.Contains("a test that root sent", Assert.Single(bodies), StringComparison.Ordinal);
    }

    [Fact]
    public void Raise_BeyondWhatMayWait_IsShownAndNotSent()
    {
        Setting.Set(To(null));
        using (var writer = hub.Database.OpenWriter())
        using (var fill = writer.CreateCommand())
        {
            fill.CommandText = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO alerts (key, at, kind, subject, until, facts, state) SELECT 'k' || i, 1700000000000, 'NodeLost', 's', 0, '{}', 'Waiting' FROM n";
            fill.ExecuteNonQuery();
        }

        Raise();
        Assert.Equal(DeliveryState.Crowded, Book.Latest(1)[0].State);
    }

    private Webhook To(string? secret) => new(new Uri(receiver.Url, "/hook"), secret, PlainHttp: true, AnyAddress: false);

    private void Raise()
    {
        hub.Run(Samples.Ada, 168, Samples.Function(210));
        Watch().Look();
    }

    private AlertWatch Watch() => new(
        Book, hub.Catalogue, hub.Reads, _ => new SpaceReach(SpaceStage.Running, null, null), hub.Clock, new LiveSignals(TimeProvider.System), TimeProvider.System, NullLogger<AlertWatch>.Instance);

    private AlertDelivery Delivery() => new(
        Book, Setting, sender, hub.Catalogue, hub.Clock, new HubOptions { Directory = hub.Directory }, Watch(), NullLogger<AlertDelivery>.Instance);
}
