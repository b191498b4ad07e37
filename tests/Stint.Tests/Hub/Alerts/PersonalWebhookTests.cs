using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Stint.Core.Identities;
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

/// <summary>Addresses that people name for their own alerts: what is sent there, and where none may lead.</summary>
[Trait("Behaviour", "B84")]
public sealed class PersonalWebhookTests : IAsyncLifetime, IDisposable
{
    private const string Secret = "a secret of the receiver";
    private static readonly AccountId Ada = new("ada");

    private readonly BillingHub hub = new();
    private readonly ConcurrentQueue<string> bodies = new();
    private Func<HttpContext, Task> answer = _ => Task.CompletedTask;
    private FakeSpace receiver = null!;
    private PersonalSender sender = null!;

    public async Task InitializeAsync()
    {
        sender = new PersonalSender(new UpstreamRule([7860, 7861]), TimeProvider.System);
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

    private PersonalWebhooks Webhooks => new(hub.Database, new byte[32]);

    private AlertBook Book => new(hub.Database);

    [Fact]
    public async Task SendDue_AnAlertOfAPerson_ArrivesSignedOnceAtTheirOwnAddressInWordsForThem()
    {
        Webhooks.Set(Ada, new Uri(receiver.Url, "/hook"), Secret);
        Raise(Samples.Ada);
        Raise(Samples.Bob);
        using var sending = Sending();
        foreach (var _ in new[] { 1, 2 }) await sending.SendDueAsync(CancellationToken.None);
        var body = Assert.Single(bodies);
        var message = JsonDocument.Parse(body).RootElement;
        Assert.Equal(("purse-used", "ada", 80), (message.GetProperty("kind").GetString(), message.GetProperty("account").GetString(), message.GetProperty("percent").GetInt32()));
        Assert.StartsWith("At least 80 % of your GPU time of this window is used: 168 s of 210 s.", message.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, body, StringComparison.Ordinal);
        var signature = Assert.Single(receiver.Seen).Headers[WebhookSender.SignatureHeader].Split(',');
        var expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{signature[0]["t=".Length..]}.{body}"));
        Assert.Equal("v1=" + Convert.ToHexStringLower(expected), signature[1]);
        // The operator's webhook is another matter.
        Assert.All(Book.Latest(10), kept => Assert.Equal(DeliveryState.NotWanted, kept.State));
    }

    [Fact]
    public async Task SendDue_AfterFailures_TriesAgainLaterAndGivesUpInTheEnd()
    {
        answer = context => Task.FromResult(context.Response.StatusCode = 500);
        Webhooks.Set(Ada, receiver.Url, null);
        Raise(Samples.Ada);
        for (var tries = 1; tries <= AlertRounds.Pauses.Count + 1; tries++)
        {
            using var restarted = Sending();
            foreach (var _ in new[] { 1, 2 }) await restarted.SendDueAsync(CancellationToken.None);
            Assert.Equal(tries, bodies.Count);
            hub.Pass(AlertRounds.Pauses[Math.Min(tries, AlertRounds.Pauses.Count) - 1].TotalSeconds);
        }

        hub.Pass(86_400);
        Assert.Empty(Webhooks.Due(hub.Clock.Now, 10));
    }

    [Fact]
    public async Task SendDue_ToSomebodyWhoTookItAwayOrWasShutOut_SendsNothing()
    {
        Webhooks.Set(Ada, receiver.Url, null);
        Webhooks.Set(new("bob"), receiver.Url, null);
        Raise(Samples.Ada);
        Raise(Samples.Bob);
        Webhooks.Set(Ada, null, null);
        hub.Catalogue.SetBlocked(new("bob"), true);
        using var sending = Sending();
        await sending.SendDueAsync(CancellationToken.None);
        Assert.Empty(bodies);
        Assert.Empty(Webhooks.Due(hub.Clock.Now + TimeSpan.FromDays(1), 10));
    }

    /// <summary>What was allowed is no longer, and whatever waited goes nowhere.</summary>
    [Fact]
    public async Task SendDue_WhereTheOperatorAllowsItNoMore_SendsNothing()
    {
        Webhooks.Set(Ada, receiver.Url, null);
        Raise(Samples.Ada);
        using var strict = new PersonalSender(AlertsSetup.PersonalRuleOf(new HubOptions()), TimeProvider.System);
        using var sending = Sending(strict, new HubOptions { Directory = hub.Directory });
        await sending.SendDueAsync(CancellationToken.None);
        Assert.False((await sending.TestAsync(hub.Catalogue.FindAccount("ada")!, CancellationToken.None))!.IsDelivered);
        Assert.Empty(receiver.Seen);
    }

    [Fact]
    public void Raise_BeyondWhatMayWaitOfOneAccount_WaitsForNoMore()
    {
        Webhooks.Set(Ada, receiver.Url, null);
        for (var i = 0; i < PersonalWebhooks.MostOfAccount + 5; i++)
            Book.Raise(new($"k{i}", hub.Clock.Now, AlertKind.SpaceFailing, $"space/{i}", Samples.Ada, hub.Clock.Now + TimeSpan.FromHours(1), new(Space: "ada/paint")), []);
        using var reader = hub.Database.OpenReader();
        using var count = reader.CreateCommand();
        count.CommandText = "SELECT count(*) FROM personal_deliveries";
        Assert.Equal((long)PersonalWebhooks.MostOfAccount, count.ExecuteScalar());
    }

    [Theory]
    [InlineData("https://hooks.example/x", true)]
    [InlineData("https://8.8.8.8/x", true)]
    [InlineData("https://172.15.255.255/", true)]
    [InlineData("https://[2606:4700::1111]/", true)]
    [InlineData("http://hooks.example/x", false)]
    [InlineData("https://127.0.0.1:9999/x", false)]
    [InlineData("https://localhost/", false)]
    [InlineData("https://10.1.2.3/", false)]
    [InlineData("https://172.16.0.1/", false)]
    [InlineData("https://172.31.255.255/", false)]
    [InlineData("https://192.168.0.1/", false)]
    [InlineData("https://100.64.0.1/", false)]
    [InlineData("https://169.254.169.254/", false)]
    [InlineData("https://2852039166/", false)]
    [InlineData("https://[::1]/", false)]
    [InlineData("https://[fd12::1]/", false)]
    [InlineData("https://[fe80::1]/", false)]
    [InlineData("https://[2002:a00:1::]/", false)]
    [InlineData("https://[::ffff:10.0.0.1]/", false)]
    [InlineData("https://[64:ff9b::a00:1]/", false)]
    [InlineData("https://metadata.google.internal/", false)]
    [InlineData("https://user:password@hooks.example/", false)]
    [InlineData("file:///etc/passwd", false)]
    public void Problem_OfAPersonsAddress_IsSaidWhereItMayNotLead(string url, bool isAllowed) =>
        Assert.Equal(isAllowed, WebhookRule.Problem(url, plainHttp: false, anyAddress: false, null, AlertsSetup.PersonalRuleOf(new HubOptions())) is null);

    /// <summary>A name is looked at again when it is connected to, whatever it led to when it was written down.</summary>
    [Fact]
    public async Task Send_ToANameThatLeadsIntoThisNetwork_ConnectsToNothing()
    {
        using var strict = new PersonalSender(AlertsSetup.PersonalRuleOf(new HubOptions()), TimeProvider.System);
        var result = await strict.Sender.SendAsync(new Webhook(new Uri($"http://localhost:{receiver.Url.Port}/"), null, true, AnyAddress: false), "{}", CancellationToken.None);
        Assert.Equal(WebhookRule.Forbidden("localhost", isPersonal: true), result.Says);
        Assert.Empty(receiver.Seen);
    }

    [Fact]
    public void Secret_OfAnAddress_IsKeptEncryptedForThatAccountAlone()
    {
        Webhooks.Set(Ada, new Uri("https://hooks.example/services/key"), Secret);
        Assert.Equal((Secret, "https://hooks.example/…"), (Webhooks.Find(Ada)!.Secret, Webhooks.Find(Ada)!.Shown));
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        foreach (var file in Directory.EnumerateFiles(hub.Directory, "stint.db*"))
            Assert.False(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret)) >= 0, $"{file} holds the secret");
    }

    private void Raise(IdentityId who)
    {
        hub.Run(who, 168, Samples.Function(210));
        Watch().Look();
    }

    private AlertWatch Watch() => new(
        Book, hub.Catalogue, hub.Reads, _ => new SpaceReach(SpaceStage.Running, null, null), hub.Clock, new LiveSignals(TimeProvider.System), TimeProvider.System, NullLogger<AlertWatch>.Instance);

    private PersonalSending Sending(PersonalSender? by = null, HubOptions? options = null) => new(
        Webhooks, Book, by ?? sender, hub.Catalogue, hub.Clock, options ?? new HubOptions { Directory = hub.Directory, PrivateWebhooks = true }, Watch(), NullLogger<PersonalSending>.Instance);
}
