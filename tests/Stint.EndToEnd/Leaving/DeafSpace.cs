using System.Diagnostics;
using Stint.EndToEnd.Harness;

namespace Stint.EndToEnd.Leaving;

/// <summary><c>deaf_space.py</c> as a Space of a hub: one that works on when its visitor has left, and whose worker hears no SIGTERM.</summary>
internal sealed class DeafSpace : IAsyncDisposable
{
    private readonly Process process;

    private DeafSpace(Process process, Uri address) => (this.process, Address) = (process, address);

    /// <summary>Its own address, where visitors are.</summary>
    public Uri Address { get; }

    public static async Task<DeafSpace> AddAsync(HubProcess hub, string name)
    {
        var port = FreePorts.Next();
        await hub.Cli.JsonAsync("space", "add", name, "--upstream", $"http://127.0.0.1:{port}");
        var device = (await hub.Cli.JsonAsync("space", "env", name)).GetProperty("SPACES_ZERO_DEVICE_API_URL").GetString()!;
        hub.Secret(device[(device.LastIndexOf('/') + 1)..]);
        var process = OtherProcess.Start(new ProcessStartInfo(
            Checkout.Python, ["-B", Path.Combine(Checkout.Clients, "deaf_space.py"), "--listen", $"{port}", "--device", device]));
        Uri? address = null;
        await Eventually.True(async () => (address = await AddressAsync(hub, name)) is not null, TimeSpan.FromSeconds(30), $"{name} has an address");
        await Eventually.True(async () => await AnswersAsync(hub, address!), TimeSpan.FromSeconds(30), $"{name} answers");
        return new(process, address!);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static async Task<Uri?> AddressAsync(HubProcess hub, string name)
    {
        using var answer = await hub.Http.GetAsync(new Uri($"/api/spaces/{name}/host", UriKind.Relative));
        if (!answer.IsSuccessStatusCode) return null;
        using var host = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return new Uri(host.RootElement.GetProperty("host").GetString()!);
    }

    private static async Task<bool> AnswersAsync(HubProcess hub, Uri address)
    {
        try
        {
            using var answer = await hub.Http.GetAsync(new Uri(address, "/config"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
