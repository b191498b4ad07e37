using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub;
using Stint.Hub.Billing;
using Stint.Hub.DeviceApi;
using Stint.Hub.Engine;
using Stint.Hub.Gateway;
using Stint.Hub.Gateway.Hosts;
using Stint.Hub.Layout;
using Stint.Hub.Nodes;
using Stint.Hub.Nodes.Gpus;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;

namespace Stint.Tests.Hub.Gateway;

/// <summary>
/// A hub with its gateway on real listeners: SQLite in a directory of its own, simulated devices, the device API, and Spaces
/// ada/squares and bob/faces, whose upstreams a test gives. Accounts ada (pro) and bob (free), eve (free).
/// </summary>
internal sealed class GatewayHub : IAsyncDisposable
{
    public static readonly SpaceId Squares = new("ada", "squares");
    public static readonly SpaceId Faces = new("bob", "faces");
    public static readonly SpaceId Third = new("eve", "third");

    private static int asked;

    private readonly WebApplication app;
    private readonly Dictionary<SpaceId, Uri> upstreams = [];
    private readonly Dictionary<SpaceId, Func<Task>> sleepers = [];

    private GatewayHub(WebApplication app, HubOptions options) => (this.app, Options) = (app, options);

    public HubOptions Options { get; }
    public Catalogue Catalogue => app.Services.GetRequiredService<Catalogue>();
    public IdentityTokens Tokens => app.Services.GetRequiredService<IdentityTokens>();
    public SpaceTokens SpaceTokens => app.Services.GetRequiredService<SpaceTokens>();
    public AccessTokens AccessTokens => app.Services.GetRequiredService<AccessTokens>();
    public Sessions Sessions => app.Services.GetRequiredService<Sessions>();
    public LiveEvents Events => app.Services.GetRequiredService<LiveEvents>();
    public LedgerClock Clock => app.Services.GetRequiredService<LedgerClock>();
    public LedgerReads Reads => app.Services.GetRequiredService<LedgerReads>();
    public HttpClient Client { get; } = NewClient();

    public static HttpClient NewClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ResponseDrainTimeout = TimeSpan.Zero, MaxResponseDrainSize = 0 });

    public static async Task<GatewayHub> StartAsync(string directory, Func<HubOptions, HubOptions>? change = null, TimeProvider? time = null, int slots = 2)
    {
        var port = FreePort();
        var options = new HubOptions { Directory = directory, Port = port, DevicePort = FreePort(), SimulatedSlots = slots };
        options = change?.Invoke(options) ?? options;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(options);
        builder.Services.AddStore(new HubDirectory(directory));
        builder.Services.AddTokens(HubKeys.Open(directory));
        builder.Services.AddEngine();
        builder.Services.AddNodes(options);
        builder.Services.AddPages(options);
        builder.Services.AddBilling();
        builder.Services.AddDeviceApi();
        builder.Services.AddGateway(options);
        GatewayHub? hub = null;
        builder.Services.AddSingleton<SpaceUpstream>(_ => space => hub!.ReachOf(space));
        builder.Services.Replace(ServiceDescriptor.Singleton(provider => new LocalNode(
            LocalNode.BuiltIn,
            [.. Enumerable.Range(0, slots).Select(Device.Simulated)], _ => null, TimeSpan.FromSeconds(0.3), provider.GetRequiredService<ILogger<LocalNode>>())));
        if (time is not null) builder.Services.Replace(ServiceDescriptor.Singleton(time));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
            kestrel.ListenForPeople(options);
            kestrel.ListenForDevices(IPAddress.Loopback, options.DeviceListenerPort);
        });
        var app = builder.Build();
        app.UseSocketThreads();
        app.MapDeviceApi();
        app.UseGateway();
        app.MapBilling();
        app.MapGateway();
        app.MapGet("/", () => "the hub");
        hub = new GatewayHub(app, options);
        hub.AddPeople();
        await NodeStart.RunAsync(app.Services.GetRequiredService<LedgerEngine>(), app.Services.GetRequiredService<LocalNode>(), app.Services.GetRequiredService<ILedgerStore>());
        await app.StartAsync();
        foreach (var space in new[] { Squares, Faces, Third }) await Eventually.True(() => hub.AddressOf(space) is { } address && (options.SpacesDomain is not null || Listens(address)));
        return hub;
    }

    public static bool Listens(Uri address)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, address.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public void Serve(SpaceId space, Uri upstream) => upstreams[space] = upstream;

    /// <summary>The Space sleeps until <paramref name="wake"/> has served it.</summary>
    public void Sleep(SpaceId space, Func<Task> wake) => sleepers[space] = wake;

    public Uri? AddressOf(SpaceId space) => app.Services.GetRequiredService<SpaceAddress>()(space);

    public Uri Address => AddressOf(Squares)!;

    /// <summary>Lets the gateway see what the catalogue says now.</summary>
    public void Follow() => app.Services.GetRequiredService<SpaceHosts>().Follow();

    public Space Change(SpaceId id, Func<Space, Space> change)
    {
        var changed = Catalogue.ChangeSpace(id, change)!;
        Follow();
        return changed;
    }

    public string DevicePath(SpaceId space, string call) =>
        new Uri(Options.DeviceUrl, $"/device/{app.Services.GetRequiredService<DeviceSecrets>().Of(space, Catalogue.FindSpace(space)!.Generation)}/{call}").ToString();

    public static IdentityId IdentityOf(string account) => IdentityId.Of(new AccountId("id-" + account));

    public string AccessToken(string account) =>
        AccessTokens.Create(new AccountId("id-" + account), "test", new AccessTokenGrant(AccessTokenRole.Read, []), Clock.Now).Text!;

    /// <summary>The <c>Cookie</c> header of somebody who is signed in at a Space's address.</summary>
    public async Task<string> SignInAsync(string account, SpaceId space)
    {
        var (way, code) = await OnTheWayAsync(account, space);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(AddressOf(space)!, Visit.AtSpace(code)));
        request.Headers.Add("Cookie", way);
        using var response = await Client.SendAsync(request);
        return response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    /// <summary>What a browser holds just before it is signed in at a Space's address: the cookie it keeps and the code the hub gave it.</summary>
    public async Task<(string Way, string Code)> OnTheWayAsync(string account, SpaceId space)
    {
        using var begun = await Client.GetAsync(new Uri(AddressOf(space)!, Visit.Begin()));
        var mark = System.Web.HttpUtility.ParseQueryString(begun.Headers.Location!.Query)["browser"]!;
        var code = Sessions.CreateCode(Sessions.CreateHubSession(new AccountId("id-" + account), Clock.Now)!, space, mark, Clock.Now)!;
        return (begun.Headers.GetValues("Set-Cookie").Single().Split(';')[0], code);
    }

    public QuotaReading Reading(IdentityId identity) => Reads.Ledger(identity).Read(Catalogue.PlanOf(identity), Clock.Now);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    private SpaceReach ReachOf(SpaceId space) =>
        upstreams.TryGetValue(space, out var upstream) ? new(SpaceStage.Running, upstream, null)
        : sleepers.TryGetValue(space, out var wake) ? new(SpaceStage.Sleeping, null, null) { Wake = async _ => { await wake(); return ReachOf(space); } }
        : new(SpaceStage.AppStarting, null, null);

    private void AddPeople()
    {
        foreach (var (name, plan) in new[] { ("ada", "pro"), ("bob", "free"), ("eve", "free") })
        {
            var account = new Account(new AccountId("id-" + name), name, AccountRole.Member, plan, Clock.Now);
            Catalogue.AddAccount(account);
        }

        foreach (var space in new[] { Squares, Faces, Third })
            Catalogue.AddSpace(new Space(space, new AccountId("id-" + space.Owner), SpaceVisibility.Public, new Uri("http://127.0.0.1:1"), null, null));
    }

    /// <summary>A free port with room above it, where Spaces get theirs; below those that the kernel gives to anyone.</summary>
    private static int FreePort()
    {
        while (true)
        {
            var port = 11_000 + (Environment.ProcessId + Interlocked.Increment(ref asked)) * 40 % 20_000;
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // The next one, then.
            }
        }
    }
}
