using Stint.EndToEnd.Browser;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Leaving;

/// <summary>A hub with one slot, a Space that does not notice who leaves, one that keeps the slot busy, and a browser.</summary>
public sealed class LeavingHub : IAsyncLifetime
{
    private int people;

    internal HubProcess Hub { get; private set; } = null!;
    internal DeafSpace Deaf { get; private set; } = null!;
    internal LeasingSpace Busy { get; private set; } = null!;
    internal Chromium Chromium { get; } = new();

    public async Task InitializeAsync()
    {
        if (LeavingTheoryAttribute.WhyNot is not null) return;
        Hub = await HubProcess.StartAsync(new HubSettings());
        await Hub.Cli.JsonAsync("account", "add", "studio", "--plan", "pro", "--generate");
        Deaf = await DeafSpace.AddAsync(Hub, "studio/deaf");
        Busy = await LeasingSpace.AddAsync(Hub, "studio/busy");
        await Chromium.InitializeAsync();
    }

    internal Task<Person> SomeoneAsync() => Person.AddAsync(Hub, $"leaver-{Interlocked.Increment(ref people)}");

    public async Task DisposeAsync()
    {
        await Chromium.DisposeAsync();
        if (Hub is null) return;
        await Busy.DisposeAsync();
        await Deaf.DisposeAsync();
        await Hub.DisposeAsync();
    }
}
