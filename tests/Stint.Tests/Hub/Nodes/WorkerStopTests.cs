using System.Diagnostics;
using Stint.Core;
using Stint.Core.Leasing;
using Stint.Hub.Nodes.Workers;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Nodes;

public sealed class WorkerStopTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(400);

    [Fact]
    public void Run_WorkerThatLeavesWhenAsked_IsNotMadeToWait()
    {
        using var worker = ChildProcess.Shell("sleep 60");
        var clock = Stopwatch.StartNew();

        Assert.Null(WorkerStop.Run(WorkerOf(worker), TimeSpan.FromSeconds(30)));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10));
        Assert.Null(AliveStart(worker.Pid));
    }

    [Fact]
    public async Task Run_WorkerThatIgnoresSigterm_IsKilledAfterTheGrace()
    {
        using var worker = ChildProcess.Shell("trap '' TERM; echo 1; while :; do sleep 60; done");
        await worker.NextNumberAsync();
        var clock = Stopwatch.StartNew();

        Assert.Null(WorkerStop.Run(WorkerOf(worker), Grace));
        Assert.True(clock.Elapsed >= Grace);
        Assert.Null(AliveStart(worker.Pid));
    }

    [Fact]
    public void Run_WithoutGrace_KillsAtOnce()
    {
        using var worker = ChildProcess.Shell("trap '' TERM; while :; do sleep 60; done");

        Assert.Null(WorkerStop.Run(WorkerOf(worker), TimeSpan.Zero));
        Assert.Null(AliveStart(worker.Pid));
    }

    [Fact]
    public void Run_PidGivenOutAgain_TouchesNobody()
    {
        using var bystander = ChildProcess.Shell("sleep 60");
        var worker = WorkerOf(bystander);

        Assert.Null(WorkerStop.Run(worker with { StartTicks = worker.StartTicks - 1 }, Grace));
        Assert.NotNull(AliveStart(bystander.Pid));
    }

    [Fact]
    public void Run_WorkerThatWasNotProven_IsAProgrammersError()
    {
        using var bystander = ChildProcess.Shell("sleep 60");

        Assert.Throws<InvariantBrokenException>(() => WorkerStop.Run(WorkerOf(bystander) with { Proven = false }, Grace));
        Assert.NotNull(AliveStart(bystander.Pid));
    }

    [Fact]
    public async Task Run_WorkerThatLeavesChildrenBehind_TakesThemAlong()
    {
        // The child leaves session and group, as a worker would that hopes to stay.
        using var worker = ChildProcess.Shell("setsid sh -c \"trap '' TERM; echo \\$\\$; sleep 61 & echo \\$!; wait; sleep 62\" & wait");
        var (child, grandchild) = (await worker.NextNumberAsync(), await worker.NextNumberAsync());

        Assert.Null(WorkerStop.Run(WorkerOf(worker), Grace));
        foreach (var pid in new[] { worker.Pid, child, grandchild }) Assert.Null(AliveStart(pid));
    }

    [Fact]
    public async Task Run_WorkerThatKeepsForking_LeavesNothing()
    {
        const string bomb = """
            import os, signal, time
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            print(os.getpid())
            for i in range(400):
                if os.fork() == 0:
                    if i % 7 == 0 and os.fork() == 0: time.sleep(63)
                    time.sleep(63)
                time.sleep(0.004)
            time.sleep(63)
            """;
        using var worker = ChildProcess.Python(bomb);
        await worker.NextNumberAsync();
        var tree = new ProcessTree(worker.Pid, AliveStart(worker.Pid)!.Value);
        await Eventually.True(() => tree.Look().Count == 0 || Processes.All().Values.Count(process => process.Parent == worker.Pid) > 20);

        Assert.Null(WorkerStop.Run(WorkerOf(worker), Grace));
        Assert.True(tree.WaitForExit(TimeSpan.Zero));
        Assert.DoesNotContain(Processes.All().Values, process => process.Parent == worker.Pid && !process.IsGone);
    }

    [Fact]
    public void Run_TheOneThatStartedIt_IsLeftAlone()
    {
        using var space = ChildProcess.Shell("sleep 60 & sleep 60 & wait");
        Assert.True(SpinWait.SpinUntil(() => ChildrenOf(space.Pid).Count == 2, TimeSpan.FromSeconds(10)));
        var (worker, sibling) = (ChildrenOf(space.Pid)[0], ChildrenOf(space.Pid)[1]);

        Assert.Null(WorkerStop.Run(new WorkerProcess(worker.Pid, worker.StartTicks, true), Grace));
        Assert.NotNull(AliveStart(sibling.Pid));
        Assert.NotNull(AliveStart(space.Pid));
    }

    private static List<ProcessStat> ChildrenOf(int pid) => [.. Processes.All().Values.Where(process => process.Parent == pid && !process.IsGone)];

    private static WorkerProcess WorkerOf(ChildProcess child) => new(child.Pid, AliveStart(child.Pid)!.Value, true);

    private static long? AliveStart(int pid) => Processes.Find(pid) is { IsGone: false } found ? found.StartTicks : null;
}
