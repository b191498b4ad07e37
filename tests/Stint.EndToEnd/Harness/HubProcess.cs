using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Stint.EndToEnd.Harness;

/// <param name="GraceSeconds">Between SIGTERM and SIGKILL for a worker that overstays.</param>
/// <param name="Demo">With the accounts and the Space of <c>--demo</c>.</param>
/// <param name="TrustedProxies">From which addresses <c>X-Forwarded-For</c> is believed.</param>
internal sealed record HubSettings(int Slots = 1, double GraceSeconds = 0.5, bool Demo = false, params IReadOnlyList<string> TrustedProxies)
{
    /// <summary>Where the hub and its Spaces have names of their own, and TLS; null for ports of this machine.</summary>
    public Sites.SiteNames? Names { get; init; }

    /// <summary>The address nodes reach it at; null where none may join. A node is lost after two seconds.</summary>
    public string? NodeBind { get; init; }
}

/// <summary>
/// The built program as a process of its own, on free ports and a data directory that goes with it. It may be killed and
/// started again on the same directory; whatever it ever printed is kept and must hold no secret.
/// </summary>
internal sealed class HubProcess : IAsyncDisposable
{
    /// <summary>The last line it prints before it waits for work.</summary>
    private const string Listening = "Ctrl-C stops it.";

    private readonly StringBuilder output = new();
    private readonly ConcurrentBag<string> secrets = [];
    private readonly string folder;
    private readonly bool isDemo;
    private Process? process;

    private HubProcess(HubSettings settings)
    {
        folder = System.IO.Directory.CreateTempSubdirectory("stint-e2e-").FullName;
        // Spaces with a user of their own have their homes beside the data directory, and pass through here.
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        (Port, DevicePort, NodePort) = (FreePorts.Next(), FreePorts.Next(), FreePorts.Next());
        File.WriteAllText(ConfigFile, JsonSerializer.Serialize(new
        {
            simulatedSlots = settings.Slots, graceSeconds = settings.GraceSeconds, devicePort = DevicePort, trustedProxies = settings.TrustedProxies,
            publicUrl = settings.Names is null ? null : $"https://{Sites.SiteNames.Hub}:{Port}", spacesDomain = settings.Names is null ? null : Sites.SiteNames.Spaces,
            nodePort = settings.NodeBind is null ? (int?)null : NodePort, nodeBind = settings.NodeBind ?? "127.0.0.1", nodeLostAfterSeconds = 2,
            certificate = settings.Names?.CertificateFile, certificateKey = settings.Names?.KeyFile,
        }));
        (Grace, isDemo) = (TimeSpan.FromSeconds(settings.GraceSeconds), settings.Demo);
        Cli = new Cli(Directory);
        Url = settings.Names is null ? new Uri($"http://127.0.0.1:{Port}") : new Uri($"https://{Sites.SiteNames.Hub}:{Port}");
        Http = new HttpClient(settings.Names?.Handler() ?? new SocketsHttpHandler()) { BaseAddress = Url };
    }

    public int Port { get; }
    public int DevicePort { get; }
    public int NodePort { get; }
    public TimeSpan Grace { get; }
    public Cli Cli { get; }
    public HttpClient Http { get; }

    /// <summary>How people reach it.</summary>
    public Uri Url { get; }

    public string Directory => Path.Combine(folder, "data");
    public int Pid => process!.Id;
    private string ConfigFile => Path.Combine(folder, "stint.json");

    public string Output
    {
        get
        {
            lock (output) return output.ToString();
        }
    }

    public static async Task<HubProcess> StartAsync(HubSettings settings)
    {
        var hub = new HubProcess(settings);
        await hub.StartAgainAsync();
        return hub;
    }

    /// <summary>Serves the same directory at the same ports; returns once it answers.</summary>
    public async Task StartAgainAsync()
    {
        var before = Output.Length;
        var start = new ProcessStartInfo("dotnet", [Checkout.Program, "up", "--data", Directory, "--port", $"{Port}", "--config", ConfigFile, .. isDemo ? new[] { "--demo" } : []])
        {
            WorkingDirectory = Checkout.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        process = OtherProcess.Start(start);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        for (var since = Stopwatch.StartNew(); !Output[before..].Contains(Listening, StringComparison.Ordinal); await Task.Delay(10))
            if (process.HasExited || since.Elapsed > TimeSpan.FromSeconds(60)) Assert.Fail($"the hub does not serve:\n{Output}");
    }

    /// <summary>As a power cut would: no word of farewell.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>As Ctrl-C does; returns the exit code.</summary>
    public async Task<int> InterruptAsync()
    {
        OtherProcess.Signal(process!.Id, OtherProcess.SigInt);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        return process.ExitCode;
    }

    /// <summary>From now on this text may stand in no line the hub prints.</summary>
    public string Secret(string text)
    {
        secrets.Add(text);
        return text;
    }

    public void AssertNoSecretWasPrinted()
    {
        var printed = Output;
        var said = secrets.Distinct().Where(secret => printed.Contains(secret, StringComparison.Ordinal)).ToList();
        Assert.True(said.Count == 0, $"{said.Count} secrets stand in the hub's output:\n{printed}");
        foreach (var log in Logs())
            Assert.DoesNotContain(secrets.Distinct(), secret => File.ReadAllText(log).Contains(secret, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            OtherProcess.Signal(process.Id, OtherProcess.SigInt);
            if (await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(TimeSpan.FromSeconds(15))) is { } && !process.HasExited) process.Kill(entireProcessTree: true);
        }

        process?.Dispose();
        Http.Dispose();
        System.IO.Directory.Delete(folder, recursive: true);
    }

    private IEnumerable<string> Logs() =>
        System.IO.Directory.Exists(Directory) ? System.IO.Directory.EnumerateFiles(Directory, "*.log*", SearchOption.AllDirectories) : [];

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (output) output.AppendLine(line);
    }
}
