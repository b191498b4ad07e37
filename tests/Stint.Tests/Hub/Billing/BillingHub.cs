using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub;
using Stint.Hub.Billing;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Store.Instructions;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Billing;

/// <summary>
/// A hub with the real store and the real decisions, stepped by hand, and its API on a port of its own: two slots, two
/// members, an administrator and a Space.
/// </summary>
internal sealed class BillingHub : IDisposable
{
    private readonly TempDirectory directory = new();
    private readonly SteppedTime time;
    private readonly SqliteLedgerStore store;
    private readonly DecisionStep step;
    private readonly AccessTokens tokens;
    private readonly HttpClient client = new();
    private WebApplication? app;
    private int ids;

    public BillingHub(Instant? start = null)
    {
        time = new(start ?? Samples.Start);
        Database = new Database(directory);
        (Catalogue, store) = (new Catalogue(Database), new SqliteLedgerStore(Database));
        step = new DecisionStep(store);
        tokens = new AccessTokens(Catalogue, new byte[32]);
        Clock = new LedgerClock(time, null);
        foreach (var (name, role) in new[] { ("ada", AccountRole.Member), ("bob", AccountRole.Member), ("root", AccountRole.Administrator) })
            Assert.Equal(AddAccountOutcome.Added, Catalogue.AddAccount(new Account(new AccountId(name), name, role, Plan.Free, Clock.Now)));
        Assert.Equal(AddSpaceOutcome.Added, Catalogue.AddSpace(new Space(Samples.Paint, new AccountId("ada"), SpaceVisibility.Public, new Uri("http://127.0.0.1:1"), null, null)));
        Do(new JoinSlots("n0", [Samples.SlotNamed("n0/0", SlotSize.XLarge), Samples.SlotNamed("n0/1")]));
    }

    public Database Database { get; }
    public string Directory => directory;
    public Catalogue Catalogue { get; }
    public LedgerClock Clock { get; }
    public LedgerReads Reads => new(Database);
    public Books Books => step.Books;
    public AccountId AdaId { get; } = new("ada");

    public void Pass(double seconds)
    {
        time.Advance(TimeSpan.FromSeconds(seconds));
        step.Step([], Clock.Now);
    }

    public Reply Do(Command command) => step.Step([new Received(command, Clock.Now)], Clock.Now).Replies[0];

    public (ReservationId Id, RequestLeaseReply Reply) Ask(IdentityId who, FunctionKey? function = null)
    {
        var id = $"r{++ids:000}";
        var asked = function ?? Samples.Function();
        return (new(id), (RequestLeaseReply)Do(Samples.Request(id, who, Catalogue.PlanOf(who), asked, asked.Size.Weight())));
    }

    /// <summary>A whole run, from the request to its release.</summary>
    public ReservationId Run(IdentityId who, double seconds, FunctionKey? function = null, bool failed = false)
    {
        var (id, reply) = Ask(who, function);
        Assert.Equal(RequestLeaseOutcome.Queued, reply.Outcome);
        Do(new AllowWorker(id, function?.Space ?? Samples.Paint, Samples.Worker(ids)));
        Pass(seconds);
        Release(id, failed, function?.Space);
        return id;
    }

    public void Release(ReservationId id, bool failed = false, SpaceId? space = null)
    {
        Assert.NotEqual(ReleaseLeaseOutcome.LeaseUnknown, ((ReleaseLeaseReply)Do(new ReleaseLease(id, space ?? Samples.Paint, failed))).Outcome);
        foreach (var slot in store.LoadSlots().Where(slot => slot.Leaving is not null)) Do(new ReportWorkerGone(slot.Id, slot.Leaving!));
    }

    public void SetPlan(string name, double minutes) =>
        Assert.Equal(SetPlanOutcome.Set, Catalogue.SetPlan(Catalogue.FindPlan(name)! with { Allowance = GpuTime.FromMinutes(minutes) }));

    public (HeldToken Token, string Text) NewToken(string account, AccessTokenRole role = AccessTokenRole.Read, Instant? expiresAt = null, params AccessTokenPermission[] permissions)
    {
        var (_, token, text) = tokens.Create(new AccountId(account), "test", new AccessTokenGrant(role, permissions), Clock.Now, expiresAt);
        return (token!, text!);
    }

    public void Revoke(string id) => Assert.Equal(RevokeTokenOutcome.Revoked, tokens.Revoke(id, Clock.Now));

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? token, object? body = null)
    {
        await StartAsync();
        using var request = new HttpRequestMessage(method, path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null) request.Content = JsonContent.Create(body);
        return await client.SendAsync(request);
    }

    /// <summary>The same, with an engine beside it that decides what people ask of ledgers.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> TellAsync(HttpMethod method, string path, string? token, object? body = null, string? key = null)
    {
        await StartAsync();
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        var sending = client.SendAsync(request);
        for (; !sending.IsCompleted; await Task.Delay(5)) DecideInstructions();
        using var response = await sending;
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    public void DecideInstructions()
    {
        var box = new InstructionBox(Catalogue);
        foreach (var waiting in box.Undecided(100)) box.KeepDecision(waiting.Id, ((InstructionReply)Do(waiting.Instruction)).Outcome, Clock.Now);
    }

    public async Task<JsonElement> GetAsync(string path, string account = "ada")
    {
        using var response = await SendAsync(HttpMethod.Get, path, NewToken(account).Text);
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task<JsonElement> QuoteAsync(object body, string account = "ada")
    {
        using var response = await SendAsync(HttpMethod.Post, "/v1/quote", NewToken(account).Text, body);
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task<WebApplication> StartAsync()
    {
        if (app is not null) return app;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(Database).AddSingleton(Catalogue).AddSingleton(Clock).AddSingleton(tokens);
        builder.Services.AddSingleton<Sessions>();
        builder.Services.AddPages(new HubOptions());
        builder.Services.AddSingleton(new HubOptions());
        builder.Services.AddBilling();
        app = builder.Build();
        app.MapBilling();
        await app.StartAsync();
        client.BaseAddress = new Uri(app.Urls.Single());
        return app;
    }

    public void Dispose()
    {
        client.Dispose();
        (app as IDisposable)?.Dispose();
        store.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        directory.Dispose();
    }
}
