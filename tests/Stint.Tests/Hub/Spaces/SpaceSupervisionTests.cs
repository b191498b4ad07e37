using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Stint.Core.Spaces;
using Stint.Hub.Spaces;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Spaces;

/// <summary>The loop between catalogue and fleet, on a clock that the test moves.</summary>
public sealed class SpaceSupervisionTests : IAsyncLifetime
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private readonly RealSpaces spaces = RealSpaces.New();
    private readonly ManualTime time = new();
    private IReadOnlyList<Space> wanted = [RealSpaces.Space("exec sleep 300")];
    private long version = 1;
    private int reads;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => spaces.DisposeAsync().AsTask();

    [Fact]
    public async Task Supervision_OfACatalogue_BeginsWithTheHubFollowsEachVersionAndEndsWithIt()
    {
        var fleet = spaces.Fleet();
        using var hub = new Lifetime();
        using var supervision = new SpaceSupervision(fleet, new WantedSpaces(Version, Spaces), hub, time, NullLogger<SpaceSupervision>.Instance);
        await supervision.StartAsync(CancellationToken.None);
        Assert.Equal((0, 0), (reads, fleet.Stages().Count));

        hub.Started();
        await Eventually.True(() => fleet.RootPidOf(RealSpaces.Id) is not null, "the Space was started");
        var pid = fleet.RootPidOf(RealSpaces.Id)!.Value;
        await LookAsync();
        Assert.Equal(1, reads);

        // A catalogue that cannot be read: what runs goes on.
        version = -1;
        await LookAsync();
        Assert.Equal(pid, fleet.RootPidOf(RealSpaces.Id));

        (wanted, version) = ([], 2);
        await LookAsync();
        Assert.Empty(fleet.Stages());
        await Eventually.True(() => !Machine.IsAlive(pid), "it was stopped");

        (wanted, version) = ([RealSpaces.Space("exec sleep 301")], 3);
        await LookAsync();
        await Eventually.True(() => fleet.RootPidOf(RealSpaces.Id) is not null, "it was started again");
        var second = fleet.RootPidOf(RealSpaces.Id)!.Value;
        await supervision.StopAsync(CancellationToken.None);
        Assert.False(Machine.IsAlive(second));
    }

    private long Version() => version > 0 ? version : throw new IOException("the disk is away");

    private IReadOnlyList<Space> Spaces()
    {
        reads++;
        return wanted;
    }

    /// <summary>One look at the catalogue, from start to end.</summary>
    private async Task LookAsync()
    {
        await Eventually.True(() => time.NextIn is not null, "the loop waits");
        time.Advance(Look);
        await Eventually.True(() => time.NextIn is not null, "the loop has looked");
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource started = new();

        public CancellationToken ApplicationStarted => started.Token;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void Started() => started.Cancel();

        public void StopApplication() => throw new NotSupportedException();

        public void Dispose() => started.Dispose();
    }
}
