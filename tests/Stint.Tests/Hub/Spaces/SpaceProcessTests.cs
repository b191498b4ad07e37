using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Stint.Hub.Nodes.Workers;
using Stint.Hub.Spaces.Supervision;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Spaces;

public sealed class SpaceProcessTests : IAsyncLifetime
{
    private const string Children =
        "sleep 300 & echo $! > \"$HOME/child\"; setsid sleep 301 & echo $! > \"$HOME/daemon\"; env -i sh -c 'sleep 302 & echo $! > $0' \"$HOME/bare\"; ";

    private readonly RealSpaces spaces = RealSpaces.New();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => spaces.DisposeAsync().AsTask();

    [Fact]
    public async Task Start_WithSecretsInTheHubsEnvironment_HandsOnNoneOfThem()
    {
        Environment.SetEnvironmentVariable("STINT_TEST_PLANTED", "planted");
        await using var process = await spaces.StartAsync("exec env");
        Assert.Equal(0, await process.Exited);
        await process.StopAsync();
        var names = spaces.Log.Last(100).Select(line => line.Split(' ', 2)[1].Split('=')[0]).Except(["PWD", "OLDPWD", "SHLVL", "_"]);
        var expected = spaces.Environment.Of(RealSpaces.Space(""), spaces.Files, 1).Select(variable => variable.Key)
            .Concat(["PATH", "HOME", "TMPDIR", "LANG", "PYTHONUNBUFFERED", "STINT_RUN"]);
        Assert.Equal(expected.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("sleep 300", "sleep")]
    [InlineData("exec sleep 300", "sleep")]
    [InlineData("X=1 sleep 300", "sh")]
    [InlineData("cd / && sleep 300", "sh")]
    public async Task Start_ASingleCommand_IsItselfTheRootOfASession(string command, string root)
    {
        var process = await spaces.StartAsync(command);
        await Eventually.True(() => Processes.All().Values.Any(one => one.Session == process.RootPid && Name(one.Pid) == "sleep"), "the command runs");
        Assert.Equal(root, Name(process.RootPid));
        Assert.Equal(process.RootPid, Processes.Find(process.RootPid)?.Session);
    }

    [Fact]
    public async Task Start_ACommandThatReadsAndWrites_HasNoInputAndItsOutputIsKept()
    {
        await using var process = await spaces.StartAsync("cat; echo out; echo err >&2; exit 7");
        Assert.Equal(7, await process.Exited);
        await process.StopAsync();
        Assert.Equal(["out", "err"], spaces.Log.Last(10).Select(line => line.Split(' ', 2)[1]));
    }

    [Fact]
    public async Task Start_InADirectoryThatIsNotThere_SaysSo()
    {
        var space = RealSpaces.Space("true") with { Directory = "/nowhere/at/all" };
        var e = await Assert.ThrowsAsync<SpaceStartException>(() => spaces.Starter().StartAsync(space, 1));
        Assert.Contains("/nowhere/at/all is not there", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StopAsync_WithChildrenADaemonAndOneThatShedItsEnvironment_LeavesNone()
    {
        var process = await spaces.StartAsync(Children + "wait");
        int[] pids = [process.RootPid, await spaces.PidAsync("child"), await spaces.PidAsync("daemon"), await spaces.PidAsync("bare")];
        Assert.All(pids, pid => Assert.True(Machine.IsAlive(pid)));
        Assert.Equal(0, await process.StopAsync());
        Assert.All(pids, pid => Assert.False(Machine.IsAlive(pid)));
        Assert.Equal(128 + Posix.SigTerm, await process.Exited);
        Assert.False(File.Exists(spaces.Files.Run));
    }

    [Fact]
    public async Task StopAsync_AfterTheRootCrashed_EndsWhatItLeft()
    {
        var process = await spaces.StartAsync(Children + "exit 3");
        Assert.Equal(3, await process.Exited);
        int[] pids = [await spaces.PidAsync("child"), await spaces.PidAsync("daemon"), await spaces.PidAsync("bare")];
        Assert.All(pids, pid => Assert.True(Machine.IsAlive(pid)));
        Assert.Equal(0, await process.StopAsync());
        Assert.All(pids, pid => Assert.False(Machine.IsAlive(pid)));
    }

    [Fact]
    public async Task StopAsync_OfOneThatIgnoresTheRequest_IsForcedAfterTheGrace()
    {
        var process = await spaces.StartAsync("trap '' TERM; echo $$ > \"$HOME/ready\"; while :; do sleep 1; done", graceSeconds: 0.5);
        await spaces.PidAsync("ready");
        Assert.Equal(0, await process.StopAsync());
        Assert.Equal(128 + Posix.SigKill, await process.Exited);
    }

    [Fact]
    public async Task StopLeftoverAsync_AfterTheHubWasKilled_EndsTheFormerProcesses()
    {
        var former = await spaces.StartAsync(Children + "wait");
        int[] pids = [former.RootPid, await spaces.PidAsync("child"), await spaces.PidAsync("daemon")];
        await spaces.Starter().StopLeftoverAsync(RealSpaces.Id);
        Assert.All(pids, pid => Assert.False(Machine.IsAlive(pid)));
        Assert.False(File.Exists(spaces.Files.Run));
    }

    [Fact]
    public async Task StopLeftoverAsync_WhereThePidIsAnothersNow_LeavesThatOneAlone()
    {
        spaces.Files.Create();
        using var stranger = Process.Start("sleep", "300");
        var line = Processes.Find(stranger.Id)!.Value;
        var run = Run.New() with { Pid = line.Pid, Ticks = line.StartTicks - 1 };
        foreach (var wrong in (Run[])[run, run with { Ticks = line.StartTicks, Boot = "another boot" }])
        {
            wrong.Write(spaces.Files);
            await spaces.Starter().StopLeftoverAsync(RealSpaces.Id);
            Assert.False(stranger.HasExited);
        }

        (run with { Ticks = line.StartTicks }).Write(spaces.Files);
        await spaces.Starter().StopLeftoverAsync(RealSpaces.Id);
        Assert.True(stranger.WaitForExit(10_000));
    }

    [PythonFact]
    public async Task IsListening_AtAPort_IsTrueForItsOwnListenerAlone()
    {
        using var stranger = new TcpListener(IPAddress.Loopback, 0);
        stranger.Start();
        var process = await spaces.StartAsync("python3 -m http.server --bind 127.0.0.1 0 > /dev/null & wait");
        await Eventually.True(() => Processes.All().Values.Any(one => one.Session == process.RootPid && ListeningSockets.IsListening(one.Pid)), "the server is up");
        var port = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(one => one.Port).Distinct().Single(process.IsListening);
        Assert.NotEqual(((IPEndPoint)stranger.LocalEndpoint).Port, port);
        Assert.False(process.IsListening(((IPEndPoint)stranger.LocalEndpoint).Port));
    }

    [RootFact]
    public async Task Start_WhereTheHubIsRoot_RunsAsAUserThatCannotEnterTheHubsFolder()
    {
        var process = await spaces.StartAsync($"id -u; id -G; echo $HOME; cat \"$ZEROGPU_PROC_SELF_CGROUP_PATH\"; touch \"$HOME/mine\" && echo home; cat {spaces.Files.User}", asOwnUser: true);
        await process.Exited;
        await process.StopAsync();
        var lines = spaces.Log.Last(10).Select(line => line.Split(' ', 2)[1]).ToArray();
        Assert.Equal(
            ["61000", "61000", spaces.Directory + "-spaces/ada/demo/home", "0::/spaces/ada/demo", "home", $"cat: {spaces.Files.User}: Permission denied"], lines);
    }

    [RootFact]
    public async Task OfAsync_TwoSpaces_AreTwoUsersAndStayThem()
    {
        var (first, second) = (RealSpaces.Space("x"), RealSpaces.Space("x") with { Id = new("ada", "other") });
        using (var users = new SpaceUsers(spaces.Directory, true, NullLogger.Instance))
        {
            Assert.Equal(SpaceUsers.First, (await users.OfAsync(first)).Uid);
            Assert.Equal(SpaceUsers.First + 1, (await users.OfAsync(second)).Uid);
        }

        using var later = new SpaceUsers(spaces.Directory, true, NullLogger.Instance);
        Assert.Equal(SpaceUsers.First + 1, (await later.OfAsync(second)).Uid);
        Assert.Equal(SpaceUsers.First, (await later.OfAsync(first)).Uid);
    }

    [RootFact]
    public async Task MakeHome_WhereSomebodyHasPutALink_IsNotFollowed()
    {
        var elsewhere = Directory.CreateDirectory(Path.Combine(spaces.Directory, "elsewhere")).FullName;
        Directory.CreateSymbolicLink(spaces.Directory + "-spaces", elsewhere);
        using var users = new SpaceUsers(spaces.Directory, true, NullLogger.Instance);
        Assert.Null((await users.OfAsync(RealSpaces.Space("x"))).Uid);
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere));
        Directory.Delete(spaces.Directory + "-spaces");
    }

    [RootFact]
    public async Task Start_InADirectoryItsUserCannotRead_RunsAsTheHubsUser()
    {
        var closed = Directory.CreateDirectory(Path.Combine(spaces.Directory, "closed")).FullName;
        var process = await spaces.Starter(asOwnUser: true).StartAsync(RealSpaces.Space("exec id -u") with { Directory = closed }, 1);
        await process.Exited;
        await process.StopAsync();
        Assert.EndsWith(" 0", spaces.Log.Last(1)[0], StringComparison.Ordinal);
    }

    private static string Name(int pid) => File.ReadAllText($"/proc/{pid}/comm").TrimEnd();
}
