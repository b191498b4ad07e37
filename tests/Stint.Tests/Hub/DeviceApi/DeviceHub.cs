using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub;
using Stint.Hub.DeviceApi;
using Stint.Hub.Engine;
using Stint.Hub.Nodes;
using Stint.Hub.Nodes.Gpus;
using Stint.Hub.Nodes.Joining;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Tokens;

namespace Stint.Tests.Hub.DeviceApi;

/// <summary>
/// A hub as far as the device API needs one: real listeners on loopback, SQLite in a directory of its own, this machine's
/// processes and simulated devices. Accounts ada and bob (free), cleo (pro); Spaces ada/squares and bob/faces, which nobody
/// serves, so their workers are unproven.
/// </summary>
internal sealed class DeviceHub : IAsyncDisposable
{
    public static readonly SpaceId Squares = new("ada", "squares");
    public static readonly SpaceId Faces = new("bob", "faces");

    private readonly WebApplication app;

    private DeviceHub(WebApplication app) => this.app = app;

    public HttpClient Devices { get; private set; } = new();
    public Uri DeviceUrl { get; private set; } = null!;
    public Uri PublicUrl { get; private set; } = null!;
    public LedgerEngine Engine => app.Services.GetRequiredService<LedgerEngine>();
    public NodeRecords Nodes => app.Services.GetRequiredService<NodeRecords>();
    public UnleasedUses Unleased => app.Services.GetRequiredService<UnleasedUses>();
    public LedgerClock Clock => app.Services.GetRequiredService<LedgerClock>();
    public Catalogue Catalogue => app.Services.GetRequiredService<Catalogue>();
    public ScheduleAnswer Answer => app.Services.GetRequiredService<ScheduleAnswer>();
    public LedgerReads Reads => new(app.Services.GetRequiredService<Database>());
    public IdentityTokens Tokens => app.Services.GetRequiredService<IdentityTokens>();
    public ConcurrentQueue<string> Logged { get; } = new();

    /// <summary>What the server gave to the sockets, each thing that was sent at once by itself.</summary>
    public ConcurrentQueue<string> Sent { get; private init; } = new();

    public static async Task<DeviceHub> StartAsync(
        string directory, int slots = 1, TimeProvider? time = null, double graceSeconds = 0.3, SupervisedProcess? supervised = null, int? nodePort = null, params IEnumerable<SpaceId> commands)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var options = new HubOptions { Directory = directory, SimulatedSlots = slots, GraceSeconds = graceSeconds, NodePort = nodePort };
        builder.Services.AddStore(new HubDirectory(directory));
        builder.Services.AddEngine();
        builder.Services.AddTokens(HubKeys.Open(directory));
        builder.Services.AddNodes(options);
        builder.Services.AddDeviceApi();
        // The machine that runs the tests may have GPUs: they are not what is tested here.
        builder.Services.Replace(ServiceDescriptor.Singleton(provider => new LocalNode(
            LocalNode.BuiltIn,
            [.. Enumerable.Range(0, slots).Select(Device.Simulated)], supervised ?? (_ => null), TimeSpan.FromSeconds(graceSeconds), provider.GetRequiredService<ILogger<LocalNode>>())));
        builder.Services.Replace(ServiceDescriptor.Singleton(new PoolTerms { PingEvery = TimeSpan.FromMilliseconds(100) }));
        if (time is not null) builder.Services.Replace(ServiceDescriptor.Singleton(time));
        var sent = new ConcurrentQueue<string>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureEndpointDefaults(listen => listen.Use(new FlushRecorder(sent).Around));
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.ListenForDevices(IPAddress.Loopback, 0);
        });
        var log = new Capture();
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log);
        var app = builder.Build();
        app.MapDeviceApi();
        var hub = new DeviceHub(app) { Sent = sent };
        log.Lines = hub.Logged;
        hub.AddPeople();
        foreach (var space in commands) hub.Catalogue.ChangeSpace(space, changed => changed with { Upstream = null, Command = "serve", Directory = directory });
        app.Services.GetRequiredService<JoinedNodes>().TakeUp();
        await NodeStart.RunAsync(hub.Engine, app.Services.GetRequiredService<LocalNode>(), app.Services.GetRequiredService<ILedgerStore>(), TimeSpan.FromSeconds(graceSeconds));
        await app.StartAsync();
        var urls = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address)).Where(url => url.Port != nodePort).ToList();
        (hub.PublicUrl, hub.DeviceUrl) = (urls[0], urls[1]);
        return hub;
    }

    public string Secret(SpaceId space) =>
        app.Services.GetRequiredService<DeviceSecrets>().Of(space, Catalogue.FindSpace(space)!.Generation);

    public string Path(SpaceId space, string call) => $"/device/{Secret(space)}/{call}";

    public static IdentityId IdentityOf(string account) => IdentityId.Of(new AccountId("id-" + account));

    public string TokenOf(string account, SpaceId? space = null, string endpoint = "/run", TimeSpan? lifetime = null) =>
        Tokens.Issue(IdentityOf(account), space ?? Squares, NewId.OfEvent(), endpoint, lifetime ?? TimeSpan.FromMinutes(10));

    public string Schedule(string? token, SpaceId? space = null, long task = 1, string duration = "60", string more = "") =>
        Path(space ?? Squares, "schedule") + $"?cgroupPath=%2F&taskId={task}&enableQueue=true&tokenVersion=2&durationSeconds={duration}{(token is null ? "" : "&token=" + token)}{more}";

    public Task<HttpResponseMessage> PostAsync(string path) => Devices.PostAsync(new Uri(DeviceUrl, path), null);

    public async Task<Granted> GrantAsync(string account, SpaceId? space = null, long task = 1, string duration = "60")
    {
        using var response = await PostAsync(Schedule(TokenOf(account, space), space, task, duration));
        return Granted.Read(await response.Content.ReadAsStringAsync());
    }

    public async Task<HttpStatusCode> AllowAsync(string allowToken, int pid, SpaceId? space = null)
    {
        using var response = await PostAsync(Path(space ?? Squares, "allow") + $"?allowToken={allowToken}&pid={pid}");
        return response.StatusCode;
    }

    public async Task<HttpStatusCode> ReleaseAsync(string allowToken, bool fail = false, SpaceId? space = null)
    {
        using var response = await PostAsync(Path(space ?? Squares, "release") + $"?allowToken={allowToken}&fail={(fail ? "true" : "false")}");
        return response.StatusCode;
    }

    /// <summary>Lets the engine see that time has passed; only a stepped clock needs it.</summary>
    public Task NudgeAsync() => Engine.SendAsync<Done>(new ReportWorkerGone(new SlotId("none"), new WorkerProcess(0, 0, false)));

    public QuotaReading Reading(string account) => Reads.Ledger(IdentityOf(account)).Read(Catalogue.PlanOf(IdentityOf(account)), Clock.Now);

    public Receipt ReceiptOf(string allowToken) => Reads.Receipt(IdOf(allowToken)) ?? throw new InvalidOperationException("it has not ended");

    public static ReservationId IdOf(string allowToken) => new(allowToken[..allowToken.LastIndexOf('.')]);

    public IReadOnlyList<Slot> Slots() => Reads.Pool(IdentityOf("ada"), 100).Slots;

    /// <summary>The entries of one reservation, oldest first.</summary>
    public IReadOnlyList<Entry> Entries(ReservationId id) => Reads.EntriesOf(id);

    public Refusal LastRefusal()
    {
        using var reader = app.Services.GetRequiredService<Database>().OpenReader();
        return Json.Read<Refusal>(Dapper.SqlMapper.QueryFirst<string>(reader, "SELECT body FROM refusals ORDER BY at DESC, id DESC"));
    }

    public Task StopAsync() => app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Devices.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    private void AddPeople()
    {
        if (Catalogue.Accounts().Count > 0) return;
        foreach (var (name, plan) in new[] { ("ada", Plan.Free), ("bob", Plan.Free), ("cleo", Plan.Pro) })
            Catalogue.AddAccount(new Account(new AccountId("id-" + name), name, AccountRole.Member, plan, Clock.Now));
        foreach (var id in new[] { Squares, Faces })
            Catalogue.AddSpace(new Space(id, new AccountId("id-" + id.Owner), SpaceVisibility.Public, new Uri("http://127.0.0.1:1"), null, null));
    }

    private sealed class Capture : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string>? Lines { get; set; }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            Lines?.Enqueue(state.ToString() ?? "");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines?.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}

/// <summary>What <c>/schedule</c> grants, as the client reads it: exactly these four names.</summary>
internal sealed record Granted(bool Idle, int NvidiaIndex, string NvidiaUUID, string AllowToken)
{
    public static Granted Read(string json)
    {
        using var document = System.Text.Json.JsonDocument.Parse(json);
        var root = document.RootElement;
        Xunit.Assert.Equal(["idle", "nvidiaIndex", "nvidiaUUID", "allowToken"], root.EnumerateObject().Select(property => property.Name));
        return new(root.GetProperty("idle").GetBoolean(), root.GetProperty("nvidiaIndex").GetInt32(), root.GetProperty("nvidiaUUID").GetString()!, root.GetProperty("allowToken").GetString()!);
    }
}
