using Microsoft.Extensions.Logging.Abstractions;
using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub;
using Stint.Hub.Spaces;
using Stint.Hub.Spaces.Care;
using Stint.Hub.Spaces.Supervision;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;

namespace Stint.Tests.Hub.Spaces;

/// <summary>A data directory in which Spaces of <c>sh</c> and <c>python3</c> are run for real. Leaves no process behind.</summary>
internal sealed class RealSpaces : IAsyncDisposable
{
    public const string Server = "exec python3 -m http.server --bind 127.0.0.1 \"$PORT\"";

    public static readonly SpaceId Id = new("ada", "demo");

    private readonly TempDirectory directory = new();
    private readonly List<SpaceProcess> processes = [];
    private readonly List<Func<Task>> ends = [];

    public string Directory => directory;

    public SpaceFiles Files => new(directory, Id);

    public SpaceLog Log => new(Files.Output);

    public SpaceEnvironment Environment => new(new("http://127.0.0.1:7860"), new("http://127.0.0.1:7861"), new DeviceSecrets(HubKeys.Open(directory)));

    public static Space Space(string command, int generation = 1) =>
        new(Id, new AccountId("1"), SpaceVisibility.Public, null, command, null, generation);

    /// <summary>For test classes, which xunit ends asynchronously.</summary>
    public static RealSpaces New(SpaceCare? care = null) => new() { Care = care ?? new() };

    public SpaceCare Care { get; init; } = new();

    public SpaceStarter Starter(TimeProvider? time = null, bool asOwnUser = false, double graceSeconds = 5)
    {
        var users = new SpaceUsers(directory, asOwnUser, NullLogger.Instance);
        return new(directory, Environment, users, time ?? TimeProvider.System, NullLogger.Instance) { Grace = TimeSpan.FromSeconds(graceSeconds), Care = Care };
    }

    public async Task<SpaceProcess> StartAsync(string command, double graceSeconds = 5, bool asOwnUser = false)
    {
        var process = await Starter(asOwnUser: asOwnUser, graceSeconds: graceSeconds).StartAsync(Space(command), port: 1);
        processes.Add(process);
        return process;
    }

    public SupervisedSpace Supervise(string command, TimeProvider time, Func<bool> answers) => Supervise(Space(command), time, answers);

    public SupervisedSpace Supervise(Space space, TimeProvider time, Func<bool> answers)
    {
        var watch = new SupervisedSpace(space, Starter(time), (_, _, _) => Task.FromResult(answers()), time, () => 0, NullLogger.Instance);
        ends.Add(() => watch.DisposeAsync().AsTask());
        watch.Start(Task.CompletedTask);
        return watch;
    }

    public SpaceFleet Fleet()
    {
        var fleet = new SpaceFleet(directory, Environment, new UpstreamRule([]), runAsOwnUser: false, TimeProvider.System, () => 0, NullLogger<SpaceFleet>.Instance, Care);
        ends.Add(fleet.StopAsync);
        return fleet;
    }

    /// <summary>A pid that the Space wrote down in its home.</summary>
    public async Task<int> PidAsync(string name)
    {
        var file = Path.Combine(Files.Home, name);
        await Eventually.True(() => File.Exists(file) && File.ReadAllText(file).EndsWith('\n'), $"the Space wrote {name}");
        return int.Parse(await File.ReadAllTextAsync(file));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var end in ends) await end();
        foreach (var process in processes) await process.DisposeAsync();
        directory.Dispose();
        var homes = Directory + "-spaces";
        if (System.IO.Directory.Exists(homes)) System.IO.Directory.Delete(homes, recursive: true);
    }
}
