using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Stint.Hub;

namespace Stint.Prove.Size;

/// <summary>The built hub as a process of its own over a data directory: how soon it answers and how much memory it takes.</summary>
internal static class StartedHub
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task<(TimeSpan Start, double Mebibytes)> MeasureAsync(string directory)
    {
        var (port, devicePort) = (FreePort(), FreePort());
        var config = Path.Combine(directory, "size.json");
        await File.WriteAllTextAsync(config, $$"""{"simulatedSlots": 8, "devicePort": {{devicePort}}}""");
        var began = Stopwatch.GetTimestamp();
        using var hub = Process.Start(new ProcessStartInfo("dotnet", [typeof(HubOptions).Assembly.Location, "up", "--data", directory, "--port", $"{port}", "--config", config])
        {
            RedirectStandardOutput = true,
        })!;
        hub.OutputDataReceived += (_, _) => { };
        hub.BeginOutputReadLine();
        try
        {
            await AnswersAsync(hub, new Uri($"http://127.0.0.1:{port}"), began);
            return (Stopwatch.GetElapsedTime(began), ResidentMebibytes(hub.Id));
        }
        finally
        {
            hub.Kill(entireProcessTree: true);
            await hub.WaitForExitAsync();
        }
    }

    public static double ResidentMebibytes(int process) => File.ReadLines($"/proc/{process}/status").Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Select(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024).Single();

    private static async Task AnswersAsync(Process hub, Uri url, long began)
    {
        using var client = new HttpClient();
        while (Stopwatch.GetElapsedTime(began) < Patience)
        {
            if (hub.HasExited) throw new InvalidOperationException($"the hub ended with {hub.ExitCode}");
            try
            {
                using var answer = await client.GetAsync(url);
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(20);
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
