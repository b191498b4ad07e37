using System.Net;
using System.Net.Sockets;
using Stint.Hub.Nodes.Joining;
using Stint.Tests.Fakes;
using Stint.Tests.Hub.DeviceApi;
using Xunit;

namespace Stint.Tests.Hub.Nodes.Joining;

/// <summary>A test with a hub that nodes can join, and time that only it moves.</summary>
public abstract class JoiningTest : IAsyncLifetime
{
    private readonly List<FakeNode> nodes = [];
    private readonly string folder = Directory.CreateTempSubdirectory("stint-test-").FullName;
    private int port;

    private protected SteppedTime Time { get; } = new(Samples.Start);

    private protected DeviceHub Hub { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        Hub = await DeviceHub.StartAsync(folder, 1, Time, graceSeconds: 2, nodePort: port);
    }

    public async Task DisposeAsync()
    {
        foreach (var node in nodes) node.Dispose();
        await Hub.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private protected async Task RestartAsync()
    {
        await Hub.DisposeAsync();
        Hub = await DeviceHub.StartAsync(folder, 1, Time, graceSeconds: 2, nodePort: port);
    }

    private protected string Token(TimeSpan? lifetime = null, bool isSingle = true) => Hub.Nodes.CreateToken(Hub.Clock.Now, lifetime ?? TimeSpan.FromHours(1), isSingle);

    /// <summary>One that has not joined.</summary>
    private protected FakeNode Stranger(string name)
    {
        var node = new FakeNode(new Uri($"http://127.0.0.1:{port}"), name);
        nodes.Add(node);
        return node;
    }

    /// <summary>One that has joined and serves.</summary>
    private protected async Task<FakeNode> NodeAsync(string name, int slots = 1)
    {
        var node = Stranger(name);
        Assert.Equal(HttpStatusCode.OK, (await node.JoinAsync(Token())).Status);
        return await node.ReachAsync(slots);
    }

    private protected NodePicture Picture(string name) => NodePicture.All(Hub.Nodes, Hub.Reads, Hub.Unleased).Single(node => node.Name == name);

    /// <summary>Nothing is heard of a node for longer than the hub has patience.</summary>
    private protected async Task LoseAsync(string name)
    {
        Time.Advance(TimeSpan.FromSeconds(6));
        await Eventually.True(() => Picture(name).State == NodeState.Lost);
    }
}
