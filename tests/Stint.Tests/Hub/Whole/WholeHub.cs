using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub;
using Stint.Hub.Accounts;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;
using Stint.Tests.Hub.Gateway;

namespace Stint.Tests.Hub.Whole;

/// <summary>
/// The program itself, <c>stint up</c> with all it consists of, in this process, so that its log, its memory and its ledger
/// can be looked at. One Space, ada/app, that answers whatever <see cref="FakeSpace"/> was told; accounts ada, bob and root.
/// </summary>
internal sealed class WholeHub : IAsyncDisposable
{
    public const string Password = "correct horse battery";
    public static readonly SpaceId App = new("ada", "app");

    private static readonly AsyncLocal<Starting?> Mine = new();
    private static readonly IDisposable Watch = DiagnosticListener.AllListeners.Subscribe(new Hosts());
    private static readonly string[] LoggedInFull = ["Default", "Microsoft", "Microsoft.AspNetCore", "Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Hosting.Diagnostics", "System", "Yarp", "Stint"];
    private static int asked;

    private readonly TempDirectory directory = new();
    private readonly Starting starting;
    private readonly Task<int> running;

    private WholeHub(Starting starting, Func<HubOptions, object> change)
    {
        _ = Watch;
        this.starting = starting;
        Port = FreePort();
        var config = Path.Combine(directory, "stint.json");
        File.WriteAllText(config, System.Text.Json.JsonSerializer.Serialize(change(new HubOptions()), System.Text.Json.JsonSerializerOptions.Web));
        running = Task.Run(() =>
        {
            Mine.Value = starting;
            return (Task<int>)typeof(HubOptions).Assembly.EntryPoint!.DeclaringType!
                .GetMethod("<Main>$", System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!
                .Invoke(null, [new[] { "up", "--data", Data, "--port", $"{Port}", "--config", config }])!;
        });
    }

    public int Port { get; }
    public string Data => Path.Combine(directory, "data");
    public IServiceProvider Services => starting.Built.Task.Result.Services;
    public Catalogue Catalogue => Services.GetRequiredService<Catalogue>();
    public Sessions Sessions => Services.GetRequiredService<Sessions>();
    public LedgerClock Clock => Services.GetRequiredService<LedgerClock>();
    public HubOptions Options => Services.GetRequiredService<HubOptions>();
    public ConcurrentQueue<Logged> Log => starting.Log;
    public Uri Url => Options.Url;
    public Uri Space => Services.GetRequiredService<SpaceAddress>()(App)!;

    /// <param name="change">What goes into its stint.json.</param>
    /// <param name="level">What its operator has logged, of everything. Null looks past that at every fault, those a hub does not show too.</param>
    public static async Task<WholeHub> StartAsync(FakeSpace space, object? change = null, LogLevel? level = null)
    {
        var hub = new WholeHub(new Starting(level), _ => change ?? new { });
        if (await Task.WhenAny(hub.running, hub.starting.Started.Task) == hub.running) throw new InvalidOperationException($"the hub ended with {await hub.running}");
        foreach (var (name, role, plan) in new[] { ("ada", AccountRole.Member, "pro"), ("bob", AccountRole.Member, "free"), ("root", AccountRole.Administrator, "pro") })
        {
            hub.Catalogue.AddAccount(new Account(new AccountId("id-" + name), name, role, plan, hub.Clock.Now));
            new Passwords(hub.Catalogue).Set(new AccountId("id-" + name), Password, hub.Clock.Now);
        }

        hub.Catalogue.AddSpace(new Space(App, new AccountId("id-ada"), SpaceVisibility.Public, space.Url, null, null));
        await Eventually.True(() => hub.Services.GetRequiredService<SpaceUpstream>()(App) is { Stage: SpaceStage.Running } && hub.Services.GetRequiredService<SpaceAddress>()(App) is { } at && GatewayHub.Listens(at));
        return hub;
    }

    public static AccountId AccountOf(string name) => new("id-" + name);

    public string SessionOf(string name) => Sessions.CreateHubSession(AccountOf(name), Clock.Now)!;

    public string AccessToken(string name) => Services.GetRequiredService<AccessTokens>().Create(AccountOf(name), "test", new AccessTokenGrant(AccessTokenRole.Read, []), Clock.Now).Text!;

    public string DevicePath(string call) => $"/device/{Services.GetRequiredService<DeviceSecrets>().Of(App, Catalogue.FindSpace(App)!.Generation)}/{call}";

    public async ValueTask DisposeAsync()
    {
        (await starting.Built.Task).Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await running.WaitAsync(TimeSpan.FromSeconds(60));
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        directory.Dispose();
    }

    /// <summary>Below those the kernel gives to anyone, with room above it for Spaces.</summary>
    private static int FreePort()
    {
        while (true)
        {
            var port = 5_000 + ((Environment.ProcessId * 7) + Interlocked.Increment(ref asked)) * 20 % 5_900;
            try
            {
                foreach (var each in new[] { port, port + 1, port + 10 })
                {
                    using var listener = new TcpListener(IPAddress.Loopback, each);
                    listener.Start();
                }

                return port;
            }
            catch (SocketException)
            {
                // The next one, then.
            }
        }
    }

    /// <summary>A host that is on its way up, as the framework tells of it.</summary>
    private sealed class Starting(LogLevel? level) : IObserver<KeyValuePair<string, object?>>, ILoggerProvider
    {
        public TaskCompletionSource<IHost> Built { get; } = new();
        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public ConcurrentQueue<Logged> Log { get; } = new();

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (Mine.Value != this) return;
            if (value is { Key: "HostBuilding", Value: IHostBuilder building })
            {
                if (level is not null) building.ConfigureHostConfiguration(configuration => configuration.AddInMemoryCollection(LoggedInFull.Select(category => KeyValuePair.Create($"Logging:LogLevel:{category}", (string?)$"{level}")))
                    .AddInMemoryCollection([new("Logging:Console:LogLevel:Default", "None"), new($"Logging:{typeof(Starting).FullName}:LogLevel:Default", $"{level}")]));
                building.ConfigureServices((_, services) => services.AddSingleton<ILoggerProvider>(this));
                if (level is null)
                    building.ConfigureServices((_, services) => services.PostConfigure<LoggerFilterOptions>(options => options.Rules.Add(new(typeof(Starting).FullName, null, LogLevel.Error, null))));
            }
            else if (value is { Key: "HostBuilt", Value: IHost built })
            {
                Built.TrySetResult(built);
                built.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() => Started.TrySetResult());
            }
        }

        public ILogger CreateLogger(string categoryName) => new Line(categoryName, Log);
        public void OnCompleted() { }
        public void OnError(Exception error) { }
        public void Dispose() { }
    }

    private sealed class Hosts : IObserver<DiagnosticListener>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting") value.Subscribe(new All());
        }

        public void OnCompleted() { }
        public void OnError(Exception error) { }

        private sealed class All : IObserver<KeyValuePair<string, object?>>
        {
            public void OnNext(KeyValuePair<string, object?> value) => Mine.Value?.OnNext(value);
            public void OnCompleted() { }
            public void OnError(Exception error) { }
        }
    }

    private sealed class Line(string category, ConcurrentQueue<Logged> log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            log.Enqueue(new(LogLevel.None, category, state.ToString() ?? ""));
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Enqueue(new(logLevel, category, formatter(state, exception) + exception));
    }
}

/// <summary>What was logged; a scope, which a log may show beside each line, has the level None.</summary>
internal sealed record Logged(LogLevel Level, string Category, string Text);

/// <summary>A whole hub for the tests of one class.</summary>
public sealed class SharedWholeHub : Xunit.IAsyncLifetime
{
    internal FakeSpace Space { get; private set; } = null!;
    internal WholeHub Hub { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Space = await FakeSpace.StartAsync(context => Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, "ok"));
        Hub = await WholeHub.StartAsync(Space);
    }

    public async Task DisposeAsync()
    {
        await Hub.DisposeAsync();
        await Space.DisposeAsync();
    }
}
