using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Spaces;
using Stint.Hub.Nodes.Workers;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Nodes;

public sealed class SpaceTreeTests
{
    /// <summary>Listens, says where, forks a worker that lets go of the socket, says its pid.</summary>
    private const string ListensAndForks = """
        import os, socket, time
        s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
        print(s.getsockname()[1])
        pid = os.fork()
        if pid == 0: s.close(); time.sleep(60)
        print(pid)
        time.sleep(60)
        """;

    private static readonly Space Supervised = SpaceAt(null) with { Command = "serve" };

    [Fact]
    public async Task Sight_ChildAndGrandchildOfASupervisedSpace_AreProven()
    {
        using var root = ChildProcess.Shell("sh -c 'sleep 60 & echo $!; echo $$; wait' & wait");
        var (grandchild, child) = (await root.NextNumberAsync(), await root.NextNumberAsync());

        foreach (var pid in new[] { child, grandchild })
        {
            var sighting = TreeUnder(root).Sight(Supervised, pid);
            Assert.Equal(SightingOutcome.Proven, sighting.Outcome);
            Assert.Equal(new WorkerProcess(pid, Processes.Find(pid)!.Value.StartTicks, true), sighting.Worker);
        }
    }

    [Fact]
    public void Sight_ProcessThatIsNotTheSpaces_IsRefusedByName()
    {
        using var root = ChildProcess.Shell("sleep 60");
        using var other = ChildProcess.Shell("sleep 60");

        foreach (var pid in new[] { other.Pid, Environment.ProcessId, Processes.Find(Environment.ProcessId)!.Value.Parent, 1, 0, -1, int.MaxValue })
        {
            var sighting = TreeUnder(root).Sight(Supervised, pid);
            Assert.Equal(SightingOutcome.NotOfThisSpace, sighting.Outcome);
            Assert.Null(sighting.Worker);
            Assert.Contains(pid.ToString(), sighting.Because, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Sight_TheSpacesOwnServer_MayUseASlotAndIsNeverStopped()
    {
        using var root = ChildProcess.Shell("sleep 60");

        Assert.Equal((SightingOutcome.Unproven, false), OutcomeOf(TreeUnder(root).Sight(Supervised, root.Pid)));
    }

    [Fact]
    public void Sight_SpaceThatIsNotRunning_IsUnproven()
    {
        using var other = ChildProcess.Shell("sleep 60");

        Assert.Equal((SightingOutcome.Unproven, false), OutcomeOf(new SpaceTree(_ => null).Sight(Supervised, other.Pid)));
    }

    [Fact]
    public async Task Sight_WorkerForkedByWhoeverListens_IsProven()
    {
        using var space = ChildProcess.Python(ListensAndForks);
        using var other = ChildProcess.Shell("sleep 60");
        var (port, worker) = (await space.NextNumberAsync(), await space.NextNumberAsync());
        var tree = new SpaceTree(_ => null);

        Assert.Equal((SightingOutcome.Proven, true), OutcomeOf(tree.Sight(SpaceAt($"http://127.0.0.1:{port}"), worker)));
        Assert.Equal((SightingOutcome.Proven, true), OutcomeOf(tree.Sight(SpaceAt($"http://localhost:{port}"), worker)));
        Assert.Equal((SightingOutcome.Unproven, false), OutcomeOf(tree.Sight(SpaceAt($"http://127.0.0.1:{port}"), space.Pid)));
        Assert.Equal(SightingOutcome.NotOfThisSpace, tree.Sight(SpaceAt($"http://127.0.0.1:{port}"), other.Pid).Outcome);
        Assert.Equal(SightingOutcome.NotOfThisSpace, tree.Sight(SpaceAt($"http://127.0.0.1:{port}"), int.MaxValue).Outcome);
    }

    [Fact]
    public async Task Sight_WorkerOfAnotherSpace_IsRefused()
    {
        using var mine = ChildProcess.Python(ListensAndForks);
        using var theirs = ChildProcess.Python(ListensAndForks);
        var port = await mine.NextNumberAsync();
        await theirs.NextNumberAsync();
        var worker = await theirs.NextNumberAsync();

        Assert.Equal(SightingOutcome.NotOfThisSpace, new SpaceTree(_ => null).Sight(SpaceAt($"http://127.0.0.1:{port}"), worker).Outcome);
    }

    [Fact]
    public void Sight_NobodyListens_IsUnproven()
    {
        using var other = ChildProcess.Shell("sleep 60");
        var tree = new SpaceTree(_ => null);

        Assert.Equal((SightingOutcome.Unproven, false), OutcomeOf(tree.Sight(SpaceAt("http://127.0.0.1:1"), other.Pid)));
        Assert.Equal(new WorkerProcess(int.MaxValue, 0, false), tree.Sight(SpaceAt("http://127.0.0.1:1"), int.MaxValue).Worker);
    }

    [Fact]
    public void Sight_SpaceOnAnotherMachine_IsUnprovenAndItsPidIsNotTakenForOneOfOurs()
    {
        using var other = ChildProcess.Shell("sleep 60");

        Assert.Equal(new WorkerProcess(0, 0, false), new SpaceTree(_ => null).Sight(SpaceAt("http://192.0.2.1:7860"), other.Pid).Worker);
    }

    private static SpaceTree TreeUnder(ChildProcess root) => new(_ => root.Pid);

    private static (SightingOutcome Outcome, bool Proven) OutcomeOf(Sighting sighting) => (sighting.Outcome, sighting.Worker!.Proven);

    private static Space SpaceAt(string? upstream) =>
        new(new("ada", "squares"), new AccountId("ada"), SpaceVisibility.Public, upstream is null ? null : new Uri(upstream), null, null);
}
