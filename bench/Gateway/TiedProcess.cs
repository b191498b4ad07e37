using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Stint.Bench.Gateway;

/// <summary>A program that runs beside the benchmark and ends with it, however the benchmark ends: a shell between them ends it once its own input closes.</summary>
internal sealed class TiedProcess : IDisposable
{
    private const string UntilInputCloses = "\"$@\" </dev/null & child=$!; cat >/dev/null; kill -TERM $child; wait $child";

    private readonly Process shell;

    private TiedProcess(Process shell) => this.shell = shell;

    /// <summary>Starts it and waits until something listens at each port.</summary>
    public static async Task<TiedProcess> StartAsync(IEnumerable<string> command, params int[] ports)
    {
        var started = new TiedProcess(Process.Start(new ProcessStartInfo("/bin/sh", ["-c", UntilInputCloses, "sh", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!);
        started.shell.OutputDataReceived += (_, _) => { };
        started.shell.BeginOutputReadLine();
        try
        {
            foreach (var port in ports) await ListensAsync(port);
            return started;
        }
        catch
        {
            started.Dispose();
            throw;
        }
    }

    /// <summary>This very program in another role.</summary>
    public static Task<TiedProcess> StartRoleAsync(string role, int port, params string[] arguments) =>
        StartAsync(["dotnet", typeof(TiedProcess).Assembly.Location, Role.Argument, role, $"{port}", .. arguments], port);

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>What it and all that it started have taken of the processors so far.</summary>
    public TimeSpan ProcessorTime() => TimeOf(ChildrenOf(shell.Id));

    private static TimeSpan TimeOf(IEnumerable<int> processes) => processes.Aggregate(TimeSpan.Zero, (sum, id) =>
    {
        using var process = Process.GetProcessById(id);
        return sum + process.TotalProcessorTime + TimeOf(ChildrenOf(id));
    });

    private static IEnumerable<int> ChildrenOf(int process) =>
        File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture));

    public void Dispose()
    {
        shell.StandardInput.Close();
        if (!shell.WaitForExit(TimeSpan.FromSeconds(10))) shell.Kill(entireProcessTree: true);
        shell.Dispose();
    }

    private static async Task ListensAsync(int port)
    {
        for (var tries = 0; tries < 3_000; tries++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(10);
            }
        }

        throw new TimeoutException($"nothing listens at port {port}");
    }
}
