using System.Globalization;
using Spectre.Console;
using Stint.Hub;

namespace Stint.Bench.Gateway;

/// <summary>
/// The gateway of the built hub beside nginx, on one upstream, with one cookie and the same requests: nginx that only
/// forwards, nginx that asks the hub by <c>auth_request</c> who it is, and the bare forwarder. They take turns in each round.
/// </summary>
internal static class GatewayBench
{
    private const int Rounds = 5;
    private const int Nothing = 0, Plain = 1, Asking = 2, Ours = 4;
    private static readonly string[] Doors = ["no proxy", "nginx", "nginx with auth_request", "bare IHttpForwarder", "gateway"];
    private static readonly int[] Connections = [1, 16, 64];

    public static async Task<int> RunAsync(string[] arguments)
    {
        var seconds = arguments is [var text, ..] ? int.Parse(text, CultureInfo.InvariantCulture) : 1;
        var directory = Directory.CreateTempSubdirectory("stint-bench-").FullName;
        try
        {
            await MeasureAsync(directory, seconds);
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task MeasureAsync(string directory, int seconds)
    {
        var ports = Enumerable.Range(0, Doors.Length).Select(_ => TiedProcess.FreePort()).ToArray();
        var asked = TiedProcess.FreePort();
        using var upstream = await TiedProcess.StartRoleAsync(Role.Space, ports[Nothing]);
        var visit = Visit.Prepare(directory, ports[Nothing]);
        using var hub = await StartHubAsync(directory);
        var (address, requests) = await visit.SignInAsync();
        ports[Ours] = address.Port;
        using var who = await TiedProcess.StartRoleAsync(Role.AuthRequest, asked, directory, address.ToString());
        using var forwarder = await TiedProcess.StartRoleAsync(Role.Forwarder, ports[3], $"http://127.0.0.1:{ports[Nothing]}/");
        using var nginx = await Nginx.StartAsync(directory, ports[Plain], ports[Asking], ports[Nothing], asked);
        var load = new Load(directory);
        IReadOnlyList<TiedProcess>[] processes = [[upstream], [nginx], [nginx, who], [forwarder], [hub]];
        // What the runtime compiles it compiles while it is used, and better after a while.
        foreach (var request in requests)
            for (var round = 0; round < 2; round++)
                foreach (var port in ports) await load.RunAsync(port, request, 16, 2);
        var table = new Table().AddColumns("Median of 5 rounds", "Connections", "Door", "a second", "to nginx", "to auth_request", "p50 ms", "added p50 ms", "processor µs each");
        foreach (var request in requests)
            foreach (var connections in Connections)
            {
                var rounds = await RoundsAsync(load, ports, processes, request, connections, seconds);
                foreach (var row in Rows(rounds)) table.AddRow([request.Name, $"{connections}", .. row]);
                table.AddEmptyRow();
            }

        AnsiConsole.Profile.Width = 160;
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine("Asked of the gateway: at least 0.75 of nginx, 1.5 of nginx with auth_request, and under 0.15 ms added at one connection.");
    }

    private static async Task<TiedProcess> StartHubAsync(string directory)
    {
        var (port, devicePort, config) = (TiedProcess.FreePort(), TiedProcess.FreePort(), Path.Combine(directory, "bench.json"));
        await File.WriteAllTextAsync(config, $$"""{"devicePort": {{devicePort}}}""");
        return await TiedProcess.StartAsync(["dotnet", typeof(HubOptions).Assembly.Location, "up", "--data", directory, "--port", $"{port}", "--config", config], port);
    }

    private static async Task<List<Turn[]>> RoundsAsync(Load load, int[] ports, IReadOnlyList<TiedProcess>[] processes, LoadRequest request, int connections, int seconds)
    {
        var rounds = new List<Turn[]>();
        for (var round = 0; round < Rounds; round++)
        {
            var turns = new Turn[ports.Length];
            // Each round begins with another door, so that none has always the same one before it.
            foreach (var door in Enumerable.Range(round, ports.Length).Select(turn => turn % ports.Length))
            {
                var before = Taken(processes[door]);
                var measured = await load.RunAsync(ports[door], request, connections, seconds);
                turns[door] = new(measured.PerSecond, measured.P50Milliseconds, (Taken(processes[door]) - before).TotalMicroseconds / (measured.PerSecond * seconds));
            }

            rounds.Add(turns);
        }

        return rounds;
    }

    private static TimeSpan Taken(IEnumerable<TiedProcess> processes) => processes.Aggregate(TimeSpan.Zero, (sum, process) => sum + process.ProcessorTime());

    private static IEnumerable<string[]> Rows(List<Turn[]> rounds)
    {
        string Median(Func<Turn[], double> figure, string format) => Measured.Median(rounds.Select(figure)).ToString(format, CultureInfo.InvariantCulture);
        foreach (var (door, name) in Doors.Index())
            yield return
            [
                name,
                Median(round => round[door].PerSecond, "0"),
                Median(round => round[door].PerSecond / round[Plain].PerSecond, "0.00 ×"),
                Median(round => round[door].PerSecond / round[Asking].PerSecond, "0.00 ×"),
                Median(round => round[door].P50Milliseconds, "0.000"),
                Median(round => round[door].P50Milliseconds - round[Nothing].P50Milliseconds, "0.000"),
                Median(round => round[door].ProcessorMicroseconds, "0.0"),
            ];
    }

    /// <summary>One door's turn in a round.</summary>
    /// <param name="ProcessorMicroseconds">What a request took of the processors behind that door, the Space's and the load's own not counted: the same on a busy machine, or nearly.</param>
    private sealed record Turn(double PerSecond, double P50Milliseconds, double ProcessorMicroseconds);
}
