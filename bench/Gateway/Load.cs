using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Stint.Bench.Gateway;

/// <summary>One request that is sent again and again, the same at every door.</summary>
/// <param name="Body">Null for a GET.</param>
internal sealed record LoadRequest(string Name, string Path, string? Body, IReadOnlyDictionary<string, string> Headers);

/// <summary>Sends requests with <c>wrk</c>: one thread of it drives all connections, so that what it costs is small and the same everywhere.</summary>
internal sealed class Load(string directory)
{
    private static readonly JsonSerializerOptions AsItIs = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="InvalidOperationException">When a single answer was not a success: then the figures are of something else.</exception>
    public async Task<Measured> RunAsync(int port, LoadRequest request, int connections, int seconds)
    {
        var start = new ProcessStartInfo("wrk", ["-t1", $"-c{connections}", $"-d{seconds}s", "--timeout", "10s", "-s", Script(request), $"http://127.0.0.1:{port}{request.Path}"]) { RedirectStandardOutput = true };
        using var wrk = Process.Start(start)!;
        var output = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        var line = output.Split('\n').LastOrDefault(line => line.StartsWith("figures ", StringComparison.Ordinal)) ?? throw new InvalidOperationException($"wrk said nothing: {output}");
        var figures = line["figures ".Length..].Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        if (figures is not [var answers, var microseconds, var p50, var p99, 0] || answers == 0) throw new InvalidOperationException($"{request.Name}: not every answer at port {port} was a success: {output}");
        return new(answers / microseconds * 1e6, p50 / 1000, p99 / 1000);
    }

    private string Script(LoadRequest request)
    {
        var path = Path.Combine(directory, $"{request.Name.Replace(' ', '-')}.lua");
        if (File.Exists(path)) return path;
        var headers = string.Concat(request.Headers.Select(header => $"wrk.headers[{Quoted(header.Key)}] = {Quoted(header.Value)}\n"));
        File.WriteAllText(path, $$"""
            wrk.method = "{{(request.Body is null ? "GET" : "POST")}}"
            {{headers}}{{(request.Body is { } body ? $"wrk.body = {Quoted(body)}" : "")}}
            function done(summary, latency, requests)
              local e = summary.errors
              print(string.format("figures %d %d %d %d %d", summary.requests, summary.duration,
                latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
            end
            """);
        return path;
    }

    private static string Quoted(string text) => JsonSerializer.Serialize(text, AsItIs);
}
