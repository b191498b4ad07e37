using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Stint.Hub;

namespace Stint.Bench.Overview;

/// <summary>The built hub as its own process, on a data directory of the benchmark's.</summary>
internal sealed class HubProcess : IDisposable
{
    private readonly Process process;

    private HubProcess(Process process, Uri url, int devicePort) => (this.process, Url, DevicePort) = (process, url, devicePort);

    public Uri Url { get; }
    public int DevicePort { get; }

    /// <summary>Resident memory, in MiB.</summary>
    public double ResidentMebibytes => File.ReadLines($"/proc/{process.Id}/status").Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Select(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024).Single();

    /// <summary>Starts it and waits until it answers people.</summary>
    /// <returns>The hub, and how long that took.</returns>
    public static async Task<(HubProcess Hub, TimeSpan Took)> StartAsync(string directory, int slots)
    {
        var (port, devicePort) = (FreePort(), FreePort());
        var config = Path.Combine(directory, "bench.json");
        await File.WriteAllTextAsync(config, $$"""{"simulatedSlots": {{slots}}, "devicePort": {{devicePort}}}""");
        var began = Stopwatch.GetTimestamp();
        var start = new ProcessStartInfo("dotnet", [typeof(HubOptions).Assembly.Location, "up", "--data", directory, "--port", $"{port}", "--config", config])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var hub = new HubProcess(Process.Start(start)!, new Uri($"http://127.0.0.1:{port}"), devicePort);
        hub.process.OutputDataReceived += (_, _) => { };
        hub.process.ErrorDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        hub.process.BeginOutputReadLine();
        hub.process.BeginErrorReadLine();
        await hub.AnswersAsync();
        return (hub, Stopwatch.GetElapsedTime(began));
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    private async Task AnswersAsync()
    {
        using var client = new HttpClient();
        for (var tries = 0; tries < 2_000; tries++)
        {
            if (process.HasExited) throw new InvalidOperationException($"the hub ended with {process.ExitCode}");
            try
            {
                using var answer = await client.GetAsync(Url);
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(10);
            }
        }

        throw new TimeoutException("the hub does not answer");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
