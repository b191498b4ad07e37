using Stint.Core.Leasing;
using Stint.Hub.Nodes.Workers;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Nodes;

public sealed class ProcessesTests
{
    private static readonly SlotId Slot = new("local/0");

    [Fact]
    public void Find_Ourselves_NamesOurParentAndStart()
    {
        using var child = ChildProcess.Shell("sleep 60");

        var found = Processes.Find(child.Pid)!.Value;

        Assert.Equal(Environment.ProcessId, found.Parent);
        Assert.True(found.StartTicks >= Processes.Find(Environment.ProcessId)!.Value.StartTicks);
        Assert.False(found.IsGone);
    }

    [Fact]
    public void Find_NobodyThere_IsNull() => Assert.Null(Processes.Find(int.MaxValue));

    [Theory]
    [InlineData("a) Z 1 (b")]
    [InlineData("))))")]
    [InlineData("( (")]
    public void Find_NameThatLooksLikeFields_ReadsTheRealOnes(string name)
    {
        using var directory = new TempDirectory();
        var program = Path.Combine(directory, name);
        File.Copy("/bin/sleep", program);
        using var child = ChildProcess.Program(program, "60");

        Assert.Equal((child.Pid, Environment.ProcessId, false), Processes.Find(child.Pid) is { } found ? (found.Pid, found.Parent, found.IsGone) : default);
    }

    [Fact]
    public async Task Find_EndedAndNotYetCollected_IsGone()
    {
        using var parent = ChildProcess.Python("import os,time\npid=os.fork()\nif pid==0: os._exit(0)\nprint(pid)\ntime.sleep(60)");
        var zombie = await parent.NextNumberAsync();

        await Eventually.True(() => Processes.Find(zombie) is { IsGone: true });
    }

    [Fact]
    public void Open_OtherStartTime_IsNobody()
    {
        using var child = ChildProcess.Shell("sleep 60");
        var start = Processes.Find(child.Pid)!.Value.StartTicks;

        Assert.True(IsThere(child.Pid, start));
        Assert.False(IsThere(child.Pid, start + 1));
        Assert.False(IsThere(child.Pid, start - 1));
        Assert.False(IsThere(0, 0));
        Assert.False(IsThere(-1, 0));
    }

    [Fact]
    public async Task Watch_SeveralWorkers_TellsEachOnceAsItEnds()
    {
        var told = new System.Collections.Concurrent.ConcurrentQueue<WorkerProcess>();
        using var watch = new ExitWatch((_, worker) => told.Enqueue(worker));
        using var first = ChildProcess.Shell("read x");
        using var second = ChildProcess.Shell("read x");
        Assert.True(watch.Watch(Slot, WorkerOf(first.Pid)));
        Assert.True(watch.Watch(Slot, WorkerOf(second.Pid)));
        var expected = WorkerOf(second.Pid);

        second.Kill();

        await Eventually.True(() => !told.IsEmpty);
        Assert.Equal([expected], told);
    }

    [Fact]
    public void Watch_WorkerThatEndedBefore_IsNotWatched()
    {
        using var watch = new ExitWatch((_, _) => { });
        using var child = ChildProcess.Shell("sleep 60");

        Assert.False(watch.Watch(Slot, WorkerOf(child.Pid) with { StartTicks = 1 }));
        Assert.False(watch.Watch(Slot, new WorkerProcess(int.MaxValue, 1, true)));
    }

    [Fact]
    public async Task Forget_Worker_TellsNothingOfItsEnd()
    {
        var told = new System.Collections.Concurrent.ConcurrentQueue<int>();
        using var watch = new ExitWatch((_, worker) => told.Enqueue(worker.Pid));
        using var forgotten = ChildProcess.Shell("read x");
        using var other = ChildProcess.Shell("read x");
        watch.Watch(Slot, WorkerOf(forgotten.Pid));
        watch.Watch(Slot, WorkerOf(other.Pid));

        watch.Forget(Slot, WorkerOf(forgotten.Pid));
        forgotten.Kill();
        await forgotten.WaitForExitAsync();
        other.Kill();

        await Eventually.True(() => !told.IsEmpty);
        Assert.Equal([other.Pid], told);
    }

    private static WorkerProcess WorkerOf(int pid) => new(pid, Processes.Find(pid)!.Value.StartTicks, true);

    private static bool IsThere(int pid, long start)
    {
        using var handle = PidHandle.Open(pid, start);
        return handle is not null;
    }
}
