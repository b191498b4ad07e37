using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Alerts;

/// <summary>B84 with whole processes: a run uses most of a purse, a webhook hears of it, and a hub that is killed says it no second time.</summary>
[Trait("Behaviour", "B84")]
public sealed class AlertTests : IAsyncLifetime, IDisposable
{
    private readonly ConcurrentQueue<string> heard = new();
    private readonly HttpListener receiver = new();
    private readonly int port = FreePorts.Next();
    private HubProcess hub = null!;

    public async Task InitializeAsync()
    {
        hub = await HubProcess.StartAsync(new HubSettings());
        receiver.Prefixes.Add($"http://127.0.0.1:{port}/");
        receiver.Start();
        _ = ReceiveAsync();
    }

    public async Task DisposeAsync() => await hub.DisposeAsync();

    public void Dispose() => ((IDisposable)receiver).Dispose();

    [Fact]
    public async Task Run_ThatUsesMostOfAPurse_IsToldOnceAlsoAfterAKill()
    {
        await hub.Cli.JsonAsync("plan", "set", "tiny", "--allowance", "10s", "--longest", "10s", "--hosting", "1");
        var ada = await Person.AddAsync(hub, "ada", "tiny");
        await hub.Cli.JsonAsync("alert", "webhook", $"http://127.0.0.1:{port}/hook", "--allow-http");
        Assert.True((await hub.Cli.JsonAsync("alert", "test")).GetProperty("isDelivered").GetBoolean());
        await using var studio = await LeasingSpace.AddAsync(hub, "ada/studio");
        var grant = await studio.LeaseAsync(await ada.IdentityTokenAsync(studio.Name), 10);
        await studio.WorkAllowedAsync(grant);
        await Task.Delay(TimeSpan.FromSeconds(8.3));
        await studio.ReleaseAsync(grant);
        await Eventually.True(() => Task.FromResult(Told().Count == 1), TimeSpan.FromSeconds(15), "the webhook hears of it");
        Assert.Equal(("ada", 80, "allowance"), Told().Select(told => (told.GetProperty("account").GetString(), told.GetProperty("percent").GetInt32(), told.GetProperty("purse").GetString())).Single());
        await Eventually.True(async () => (await hub.Cli.JsonAsync("alert", "list"))[0].GetProperty("delivery").GetString() == "Delivered", TimeSpan.FromSeconds(15), "it is noted as delivered");
        await hub.KillAsync();
        await hub.StartAgainAsync();
        // A start goes through all purses first: what it raises, it raises before its first answers.
        await Task.Delay(TimeSpan.FromSeconds(2));
        Assert.Single((await hub.Cli.JsonAsync("alert", "list")).EnumerateArray());
        Assert.Single(Told());
    }

    private List<JsonElement> Told() => [.. heard.Select(body => JsonDocument.Parse(body).RootElement).Where(message => message.GetProperty("kind").GetString() == "purse-used")];

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var context = await receiver.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                heard.Enqueue(await reader.ReadToEndAsync());
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
