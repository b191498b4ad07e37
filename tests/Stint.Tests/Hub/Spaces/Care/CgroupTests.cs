using Microsoft.Extensions.Logging.Abstractions;
using Stint.Hub.Spaces.Care;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Spaces.Care;

/// <summary>Real groups where this machine lets a process make them; files that look like them elsewhere.</summary>
public sealed class CgroupTests : IAsyncLifetime
{
    private static readonly string Here = "stint-tests-" + Guid.NewGuid();
    private readonly ManualTime time = new();
    private readonly RealSpaces spaces = RealSpaces.New(new() { Cgroups = SpaceCgroups.OfThisMachine(Here, NullLogger.Instance) });

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => spaces.DisposeAsync().AsTask();

    [CgroupFact]
    public async Task Space_ThatUsesUpItsMemory_IsEndedAndTheCauseIsNamed()
    {
        var greedy = RealSpaces.Space("exec python3 -c \"bytearray(300 * 1024 * 1024)\"") with { MemoryMebibytes = 64 };
        var watch = spaces.Supervise(greedy, time, () => false);
        await Eventually.True(() => watch.Health.Crashes == 1, "it was ended");
        Assert.Equal("it used up its 64 MiB of memory and was ended by the kernel with exit code 137", watch.Health.Problem);
        Assert.Equal(1, watch.Health.KilledForMemory);
    }

    [CgroupFact]
    public async Task Space_WhoseWorkerUsesUpItsMemory_RunsOnAndIsToldOnce()
    {
        var fleet = spaces.Fleet();
        fleet.Reconcile([RealSpaces.Space("python3 -c \"bytearray(300 * 1024 * 1024)\"; exec sleep 300") with { MemoryMebibytes = 64 }]);
        await Eventually.True(() => fleet.KilledForMemoryOf(RealSpaces.Id) == 1, "its worker was ended");
        Assert.Equal((true, false), (fleet.WasStarved(RealSpaces.Id), fleet.WasStarved(RealSpaces.Id)));
        Assert.Equal(0, fleet.HealthOf(RealSpaces.Id)!.Crashes);
    }

    [CgroupFact]
    public async Task Space_ThatStartsTooManyProcesses_CannotStartMore()
    {
        var forking = RealSpaces.Space("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 60 & done; wait") with { Processes = 10 };
        var watch = spaces.Supervise(forking, time, () => false);
        await Eventually.True(() => spaces.Log.Last(50).Any(line => line.Contains("fork", StringComparison.OrdinalIgnoreCase)), "the shell could not fork");
        Assert.NotNull(watch);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Group_OfASpace_IsWrittenAsTheKernelReadsIt(bool unified)
    {
        using var directory = new TempDirectory();
        var root = Directory.CreateDirectory(Path.Combine(directory, "fs")).FullName;
        var own = unified ? "0::/app\n" : "4:memory:/app\n8:pids:/app\n0::/\n";
        if (unified) File.WriteAllText(Path.Combine(root, "cgroup.controllers"), "memory pids");
        var group = new SpaceCgroups(root, own, directory, NullLogger.Instance).Of(RealSpaces.Space("x") with { MemoryMebibytes = 64, Processes = 10 })!;
        string Read(string file) => File.ReadAllText(Directory.EnumerateFiles(root, file, SearchOption.AllDirectories).Single());
        Assert.Equal((unified ? 1 : 2, "10"), (group.Doors.Count, Read("pids.max")));
        Assert.Equal("67108864", Read(unified ? "memory.max" : "memory.limit_in_bytes"));
        Assert.All(group.Doors, door => Assert.Contains("/app/stint-", door, StringComparison.Ordinal));
    }

    [Fact]
    public void Group_WhereTheMachineHasNone_IsNone() =>
        Assert.Null(new SpaceCgroups("/nowhere", "", Here, NullLogger.Instance).Of(RealSpaces.Space("x") with { MemoryMebibytes = 64 }));

    [Fact]
    public void Group_OfASpaceWithoutLimits_IsNone() =>
        Assert.Null(SpaceCgroups.OfThisMachine(Here, NullLogger.Instance).Of(RealSpaces.Space("x")));
}

/// <summary>A test that needs control groups of its own.</summary>
internal sealed class CgroupFactAttribute : FactAttribute
{
    public CgroupFactAttribute()
    {
        using var directory = new TempDirectory();
        var probe = SpaceCgroups.OfThisMachine(directory, NullLogger.Instance).Of(RealSpaces.Space("x") with { MemoryMebibytes = 64, Processes = 10 });
        if (probe is null) Skip = "this machine lets the tests make no control groups";
        probe?.Remove();
    }
}
