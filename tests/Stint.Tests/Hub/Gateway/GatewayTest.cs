using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Stint.Core.Spaces;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Gateway;

/// <summary>A test of the gateway: a hub of its own, and what it puts behind it.</summary>
#pragma warning disable CA1001 // xunit calls DisposeAsync of a lifetime.
public abstract class GatewayTest : IAsyncLifetime
#pragma warning restore CA1001
{
    private readonly TempDirectory directory = new();
    private readonly List<FakeSpace> spaces = [];

    internal GatewayHub Hub { get; private set; } = null!;

    internal virtual Func<HubOptionsChange>? Change => null;

    public async Task InitializeAsync() => Hub = await GatewayHub.StartAsync(directory, Change?.Invoke().Apply);

    public async Task DisposeAsync()
    {
        await Hub.DisposeAsync();
        foreach (var space in spaces) await space.DisposeAsync();
        directory.Dispose();
    }

    internal async Task<FakeSpace> ServeAsync(RequestDelegate answer, SpaceId? space = null)
    {
        var served = await FakeSpace.StartAsync(answer);
        spaces.Add(served);
        Hub.Serve(space ?? GatewayHub.Squares, served.Url);
        return served;
    }

    internal Task<FakeSpace> ServeOkAsync() => ServeAsync(context => context.Response.WriteAsync("ok"));

    /// <summary>Sends a request to a Space's address.</summary>
    /// <param name="headers">Each <c>Name: value</c>.</param>
    internal async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, SpaceId? space = null, string? body = null, params string[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(Hub.AddressOf(space ?? GatewayHub.Squares)!, path));
        if (body is not null) request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        foreach (var header in headers) request.Headers.TryAddWithoutValidation(header.Split(':', 2)[0], header.Split(':', 2)[1].Trim());
        return await Hub.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    internal Task<HttpResponseMessage> GetAsync(string path, params string[] headers) => SendAsync(HttpMethod.Get, path, null, null, headers);

    internal async Task<JsonElement> MeAsync(SpaceId? space = null, params string[] headers)
    {
        using var response = await SendAsync(HttpMethod.Get, "/.stint/me", space, null, headers);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }
}

/// <summary>How a test wants its hub.</summary>
internal sealed record HubOptionsChange(Func<Stint.Hub.HubOptions, Stint.Hub.HubOptions> Apply);
