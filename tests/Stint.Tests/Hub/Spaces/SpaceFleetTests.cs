using System.Net;
using System.Net.Sockets;
using Stint.Core.Spaces;
using Stint.Hub;
using Stint.Hub.Spaces;
using Stint.Hub.Spaces.Supervision;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Spaces;

/// <summary>Real processes on the real clock.</summary>
public sealed class SpaceFleetTests : IAsyncLifetime
{
    private readonly RealSpaces spaces = RealSpaces.New();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => spaces.DisposeAsync().AsTask();

    [PythonFact]
    public async Task Reconcile_AWantedSpace_RunsAtAnAddressOfItsOwnUntilItIsRemoved()
    {
        var fleet = spaces.Fleet();
        Assert.Equal(SpaceStage.Stopped, fleet.StageOf(RealSpaces.Id));
        fleet.Reconcile([RealSpaces.Space(RealSpaces.Server)]);
        Assert.Equal(SpaceStage.AppStarting, fleet.StageOf(RealSpaces.Id));
        await RunningAsync(fleet);
        var (address, pid) = (fleet.AddressOf(RealSpaces.Id)!, fleet.RootPidOf(RealSpaces.Id)!.Value);
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(address)).StatusCode);
        Assert.True(address.IsLoopback);

        // Nothing that its process was started with changed.
        fleet.Reconcile([RealSpaces.Space(RealSpaces.Server) with { Visibility = SpaceVisibility.Private }]);
        Assert.Equal(pid, fleet.RootPidOf(RealSpaces.Id));

        fleet.Reconcile([]);
        Assert.Null(fleet.AddressOf(RealSpaces.Id));
        await Eventually.True(() => !Machine.IsAlive(pid), "its process has gone");
        Assert.Equal(SpaceStage.Stopped, fleet.StageOf(RealSpaces.Id));
    }

    [PythonFact]
    public async Task Reconcile_ARotatedSpace_RunsAgainWithTheNewSecretAlone()
    {
        const string command = "echo \"$SPACES_ZERO_DEVICE_API_URL\" >> \"$HOME/addresses\"; " + RealSpaces.Server;
        var fleet = spaces.Fleet();
        fleet.Reconcile([RealSpaces.Space(command)]);
        await RunningAsync(fleet);
        var former = fleet.RootPidOf(RealSpaces.Id)!.Value;
        fleet.Reconcile([RealSpaces.Space(command, generation: 2)]);
        await RunningAsync(fleet);
        Assert.False(Machine.IsAlive(former));
        var addresses = await File.ReadAllLinesAsync(Path.Combine(spaces.Files.Home, "addresses"));
        Assert.Equal([1, 2], addresses.Select(one => Generation(one.Split("/device/")[1])));
    }

    [PythonFact]
    public async Task Reconcile_ASpaceThatIsKilled_RunsAgain()
    {
        var fleet = spaces.Fleet();
        fleet.Reconcile([RealSpaces.Space(RealSpaces.Server)]);
        await RunningAsync(fleet);
        var address = fleet.AddressOf(RealSpaces.Id);
        using (var process = System.Diagnostics.Process.GetProcessById(fleet.RootPidOf(RealSpaces.Id)!.Value)) process.Kill();
        await Eventually.True(() => fleet.HealthOf(RealSpaces.Id) is { Crashes: 1, LastExitCode: 137 }, "the fleet saw it end");
        await RunningAsync(fleet);
        Assert.Equal(address, fleet.AddressOf(RealSpaces.Id));
    }

    [Fact]
    public async Task StopAsync_WithSpacesRunning_LeavesNothingBehind()
    {
        var fleet = spaces.Fleet();
        fleet.Reconcile([RealSpaces.Space("sleep 300 & echo $! > \"$HOME/child\"; wait")]);
        var child = await spaces.PidAsync("child");
        await Eventually.True(() => fleet.RootPidOf(RealSpaces.Id) is not null, "the fleet has taken note");
        var root = fleet.RootPidOf(RealSpaces.Id)!.Value;
        await fleet.StopAsync();
        Assert.False(Machine.IsAlive(child));
        Assert.False(Machine.IsAlive(root));
        Assert.Empty(fleet.Stages());
    }

    [Fact]
    public async Task StopLeftoversAsync_OfASpaceNoLongerHosted_EndsIt()
    {
        var former = await spaces.StartAsync("exec sleep 300");
        using var fleet = spaces.Fleet();
        await fleet.StopLeftoversAsync([RealSpaces.Space("exec sleep 300")]);
        Assert.True(Machine.IsAlive(former.RootPid));
        await fleet.StopLeftoversAsync([]);
        Assert.False(Machine.IsAlive(former.RootPid));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData("SSH-2.0-OpenSSH\r\n", false)]
    [InlineData(null, false)]
    public async Task AnswersAsync_WhateverListens_IsTrueForAnyHttpStatus(string? answer, bool expected)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        if (answer is null) listener.Stop();
        else _ = ServeAsync(listener, answer);
        using var probe = new SpaceProbe(new UpstreamRule([]));
        Assert.Equal(expected, await probe.AnswersAsync(address, CancellationToken.None));
    }

    [Theory]
    [InlineData("http://169.254.169.254")]
    [InlineData("http://[fe80::1]:80")]
    [InlineData("http://[::ffff:169.254.169.254]")]
    public async Task AnswersAsync_AtALinkLocalAddress_NeverAsks(string address)
    {
        using var probe = new SpaceProbe(new UpstreamRule([]));
        Assert.False(await probe.AnswersAsync(new(address), CancellationToken.None));
    }

    private int Generation(string secret) => Enumerable.Range(1, 9).Single(generation => spaces.Environment.Secrets.Of(RealSpaces.Id, generation) == secret);

    private static async Task ServeAsync(TcpListener listener, string answer)
    {
        while (true)
        {
            using var client = await listener.AcceptTcpClientAsync();
            var stream = client.GetStream();
            await stream.ReadAtLeastAsync(new byte[1024], 1);
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer));
        }
    }

    private static Task RunningAsync(SpaceFleet fleet) =>
        Eventually.True(() => fleet.StageOf(RealSpaces.Id) == SpaceStage.Running, "the Space runs");
}
