using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.DeviceApi;

/// <summary>A test with a hub of its own and time that only it moves.</summary>
public abstract class DeviceHubTest : IAsyncLifetime
{
    private protected SteppedTime Time { get; } = new(Samples.Start);

    private protected DeviceHub Hub { get; private set; } = null!;

    private protected string Folder { get; } = Directory.CreateTempSubdirectory("stint-test-").FullName;

    public async Task InitializeAsync() => Hub = await DeviceHub.StartAsync(Folder, 1, Time);

    public async Task DisposeAsync()
    {
        await Hub.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private protected async Task RestartAsync(int slots = 1)
    {
        await Hub.DisposeAsync();
        Hub = await DeviceHub.StartAsync(Folder, slots, Time);
    }
}
