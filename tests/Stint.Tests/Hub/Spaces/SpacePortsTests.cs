using System.Net;
using System.Net.Sockets;
using Stint.Core.Spaces;
using Stint.Hub.Spaces.Supervision;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Spaces;

public sealed class SpacePortsTests : IDisposable
{
    private static readonly SpaceId Other = new("ada", "other");

    private readonly TempDirectory folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void PortOf_ASpaceThatHadOne_IsThatOneAlsoForTheNextHub()
    {
        var ports = new SpacePorts(folder);
        var port = ports.PortOf(RealSpaces.Id);
        Assert.Equal(port, ports.PortOf(RealSpaces.Id));
        Assert.Equal(port, new SpacePorts(folder).PortOf(RealSpaces.Id));
    }

    [Fact]
    public void PortOf_ASpaceWhosePortIsTaken_IsAnother()
    {
        var port = new SpacePorts(folder).PortOf(RealSpaces.Id);
        using var stranger = new TcpListener(IPAddress.Loopback, port);
        stranger.Start();
        Assert.NotEqual(port, new SpacePorts(folder).PortOf(RealSpaces.Id));
    }

    [Fact]
    public void PortOf_TwoSpacesThatHadTheSame_IsNeverTheSame()
    {
        var port = new SpacePorts(folder).PortOf(RealSpaces.Id);
        Directory.CreateDirectory(Path.Combine(folder, "spaces", "ada", "other"));
        File.WriteAllText(Path.Combine(folder, "spaces", "ada", "other", "port"), port.ToString());
        var ports = new SpacePorts(folder);
        Assert.Equal(port, ports.PortOf(RealSpaces.Id));
        Assert.NotEqual(port, ports.PortOf(Other));
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData("x")]
    public void PortOf_ASpaceWhoseFileIsNoPort_IsAnyFreeOne(string kept)
    {
        Directory.CreateDirectory(Path.Combine(folder, "spaces", "ada", "other"));
        File.WriteAllText(Path.Combine(folder, "spaces", "ada", "other", "port"), kept);
        Assert.InRange(new SpacePorts(folder).PortOf(Other), 1024, 65535);
    }
}
