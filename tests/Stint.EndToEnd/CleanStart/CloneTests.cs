using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.CleanStart;

/// <summary>What somebody does who has never seen this: clone, one command, try it, Ctrl-C.</summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class CloneTests : IDisposable
{
    private const string Listening = "Ctrl-C stops it.";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string folder = Directory.CreateTempSubdirectory("stint-e2e-clone-").FullName;
    private readonly int port = FreePorts.Next();
    private readonly HttpClient http = new();

    private string Clone => Path.Combine(folder, "stint");
    private string Data => Path.Combine(folder, "data");
    private string Config => Path.Combine(folder, "stint.json");

    [CloneFact]
    public async Task Clone_StartedWithDemo_ServesARunChargesItAndStopsCleanly()
    {
        // Spaces get a user of their own where the hub is root, and that user has to pass through here.
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        File.WriteAllText(Config, JsonSerializer.Serialize(new { devicePort = FreePorts.Next() }));
        await RunAsync("git", "clone", "--quiet", Checkout.Root, Clone);

        using var first = await ServeAsync(within: TimeSpan.FromSeconds(120));
        var demo = AssertDemo();
        await AssertRunAsync(demo);
        await StopAsync(first);

        using var second = await ServeAsync(within: TimeSpan.FromSeconds(3));
        Assert.Equal(demo.GetRawText(), ReadDemo().GetRawText());
        await StopAsync(second);
    }

    public void Dispose()
    {
        foreach (var pid in OtherProcess.Naming(folder)) OtherProcess.Signal(pid, OtherProcess.SigKill);
        http.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<Process> ServeAsync(TimeSpan within)
    {
        var since = Stopwatch.StartNew();
        var process = Process.Start(new ProcessStartInfo(Path.Combine(Clone, "stint"), ["up", "--demo", "--data", Data, "--port", $"{port}", "--config", Config])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(300));
        string? line;
        do line = await process.StandardOutput.ReadLineAsync(late.Token);
        while (line is not null && line != Listening);
        Assert.True(line is not null, line is null ? $"it ended: {await error}" : "");
        Assert.True(since.Elapsed < within, $"it served after {since.Elapsed.TotalSeconds:0.0} s, not within {within.TotalSeconds} s");
        return process;
    }

    private async Task StopAsync(Process hub)
    {
        OtherProcess.Signal(hub.Id, OtherProcess.SigInt);
        await hub.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(0, hub.ExitCode);
        Assert.Empty(OtherProcess.Naming(folder));
    }

    private JsonElement ReadDemo() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Data, "demo.json"))).RootElement;

    private JsonElement AssertDemo()
    {
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path.Combine(Data, "demo.json")));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Data));
        var demo = ReadDemo();
        Assert.Equal(["hub", "passwords", "spaces", "tokens"], demo.EnumerateObject().Select(property => property.Name).Order());
        Assert.Equal(new Uri($"http://127.0.0.1:{port}"), new Uri(demo.GetProperty("hub").GetString()!));
        foreach (var people in new[] { demo.GetProperty("tokens"), demo.GetProperty("passwords") })
            Assert.Equal(["ada", "bob"], people.EnumerateObject().Select(property => property.Name).Order());
        Assert.All(demo.GetProperty("tokens").EnumerateObject(), token => Assert.StartsWith("hf_", token.Value.GetString(), StringComparison.Ordinal));
        var space = Assert.Single(demo.GetProperty("spaces").EnumerateArray());
        Assert.Equal(["host", "id"], space.EnumerateObject().Select(property => property.Name).Order());
        Assert.Equal("demo/mandelbrot", space.GetProperty("id").GetString());
        return demo;
    }

    /// <summary>A picture by Gradio's own HTTP API, a receipt for it, and a purse that holds less by what was measured.</summary>
    private async Task AssertRunAsync(JsonElement demo)
    {
        var space = new Uri(demo.GetProperty("spaces")[0].GetProperty("host").GetString()!);
        var token = demo.GetProperty("tokens").GetProperty("ada").GetString()!;
        await Eventually.True(async () => await AnswersAsync(new Uri(space, "/config")), TimeSpan.FromSeconds(30));
        var before = await PurseAsync(token);
        var identity = (await new Cli(Data).JsonAsync("token", "identity", "--account", "ada", "--space", "demo/mandelbrot")).GetProperty("token").GetString()!;

        var picture = await DrawAsync(space, identity);

        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], picture[..4]);
        await Eventually.True(async () => (await ReceiptsAsync(token)).Count == 1);
        var receipt = (await ReceiptsAsync(token))[0];
        Assert.Equal(("completed", "demo/mandelbrot"), (receipt.Outcome, receipt.Space));
        Assert.InRange(receipt.ChargedMilliseconds, 1_000, 30_000);
        Assert.Equal(receipt.MeasuredMilliseconds, receipt.ChargedMilliseconds);
        var after = await PurseAsync(token);
        Assert.Equal((before.SpentMilliseconds + receipt.ChargedMilliseconds, 0), (after.SpentMilliseconds, after.ReservedMilliseconds));
    }

    private async Task<byte[]> DrawAsync(Uri space, string identity)
    {
        using var join = new HttpRequestMessage(HttpMethod.Post, new Uri(space, "/gradio_api/queue/join"))
        {
            Content = JsonContent.Create(new { data = new object[] { -0.7436, 0.1318, 30, 1 }, fn_index = 0, session_hash = "clone" }),
        };
        join.Headers.Add("X-IP-Token", identity);
        using var joined = await http.SendAsync(join);
        joined.EnsureSuccessStatusCode();
        using var stream = new StreamReader(await http.GetStreamAsync(new Uri(space, "/gradio_api/queue/data?session_hash=clone")));
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await stream.ReadLineAsync(late.Token) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            var message = JsonDocument.Parse(line["data: ".Length..]).RootElement;
            if (message.GetProperty("msg").GetString() != "process_completed") continue;
            Assert.True(message.GetProperty("success").GetBoolean(), line);
            return await http.GetByteArrayAsync(new Uri(message.GetProperty("output").GetProperty("data")[0].GetProperty("url").GetString()!));
        }

        throw new Xunit.Sdk.XunitException("the stream ended without a result");
    }

    private async Task<bool> AnswersAsync(Uri address)
    {
        try
        {
            using var answer = await http.GetAsync(address);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<Purse> PurseAsync(string token) =>
        (await GetAsync("/v1/quota", token)).GetProperty("purses")[0].Deserialize<Purse>(JsonSerializerOptions.Web)!;

    private async Task<List<Receipt>> ReceiptsAsync(string token) =>
        (await GetAsync("/v1/receipts", token)).GetProperty("receipts").Deserialize<List<Receipt>>(JsonSerializerOptions.Web)!;

    private async Task<JsonElement> GetAsync(string path, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{port}{path}"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}

/// <summary>A test that clones this checkout; skipped, with the reason, where it is no clone itself.</summary>
internal sealed class CloneFactAttribute : FactAttribute
{
    public CloneFactAttribute() => Skip = Directory.Exists(Path.Combine(Checkout.Root, ".git")) ? null : "this checkout has no .git, so there is nothing to clone";
}
