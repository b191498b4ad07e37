using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Stint.Hub.Gateway;
using Stint.Hub.Gateway.Hosts;
using Xunit;

namespace Stint.Tests.Hub.Whole;

/// <summary>A Space's upstream is a name, and whoever owns the name says each time where it leads: what counts is the address that is connected to.</summary>
public sealed class UpstreamNameTests(SharedWholeHub shared) : IClassFixture<SharedWholeHub>
{
    private readonly WholeHub hub = shared.Hub;
    private readonly ConcurrentQueue<string> asked = new();

    [Theory]
    [InlineData("169.254.169.254", 80)]
    [InlineData("::ffff:169.254.169.254", 80)]
    [InlineData("64:ff9b::a9fe:a9fe", 80)]
    [InlineData("fe80::1", 80)]
    [InlineData("fd00:ec2::254", 80)]
    [InlineData("100.100.100.200", 80)]
    [InlineData("0.0.0.0", 80)]
    [InlineData("127.0.0.1", 0)]
    [InlineData("127.7.7.7", 0)]
    [InlineData("::1", 0)]
    [InlineData("127.0.0.1", 1)]
    [InlineData("::ffff:127.0.0.1", 1)]
    [InlineData("127.0.0.1", 10)]
    public async Task Name_ThatLeadsToSecretsOrToTheHub_IsNotConnectedTo(string address, int portOrWhose)
    {
        using var connections = Connections(_ => [IPAddress.Parse(address)]);
        var port = portOrWhose is 0 or 1 or 10 ? hub.Port + portOrWhose : portOrWhose;

        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(connections, port));

        Assert.Contains("no address a Space may have", $"{refused.Message}{refused.InnerException?.Message}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_ThatLeadsElsewhereTheNextTime_IsLookedAtAgainAndNeverBetweenTheLookAndTheConnection()
    {
        var answers = new Queue<IPAddress>([IPAddress.Loopback, IPAddress.Parse("169.254.169.254"), IPAddress.Loopback]);
        using var connections = Connections(_ => [answers.Dequeue()]);
        var port = shared.Space.Url.Port;

        using (var first = await GetAsync(connections, port)) Assert.Equal("ok", await first.Content.ReadAsStringAsync());
        // Had the name been asked again after it was looked at, its second answer would be used up.
        Assert.Single(asked);
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(connections, port));
        using var third = await GetAsync(connections, port);

        Assert.Equal((HttpStatusCode.OK, 3), (third.StatusCode, asked.Count));
    }

    [Fact]
    public async Task Name_WithSeveralAddresses_LeadsToThoseAloneThatMayBe()
    {
        using var connections = Connections(_ => [IPAddress.Parse("169.254.169.254"), IPAddress.Parse("0.0.0.0"), IPAddress.Loopback]);

        using var answer = await GetAsync(connections, shared.Space.Url.Port);

        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
    }

    private SpaceConnections Connections(Func<string, IPAddress[]> resolve) => new(hub.Options, hub.Services.GetRequiredService<SpaceHosts>(), (name, _) =>
    {
        asked.Enqueue(name);
        return Task.FromResult(resolve(name));
    });

    /// <summary>On a connection of its own.</summary>
    private static async Task<HttpResponseMessage> GetAsync(SpaceConnections connections, int port)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://rebinding.example:{port}/x"));
        request.Headers.ConnectionClose = true;
        return await connections.Invoker.SendAsync(request, CancellationToken.None);
    }
}
