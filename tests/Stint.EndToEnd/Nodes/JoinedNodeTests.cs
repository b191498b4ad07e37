using System.Diagnostics;
using Stint.EndToEnd.Harness;
using Stint.Hub.Nodes.Gpus;
using Xunit;
using Xunit.Abstractions;

namespace Stint.EndToEnd.Nodes;

/// <summary>
/// A machine that joins, on this machine's loopback. Its GPU is one that only NVIDIA's library, which is a stub here, knows
/// of: it is cut into two MIG instances.
/// </summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class JoinedNodeTests(ITestOutputHelper said) : IAsyncLifetime
{
    private const string World = "gpu GPU-5717 150754820096 1 0 NVIDIA H200\nmig MIG-a 76235669504 0 NVIDIA H200 MIG 3g.71gb\nmig MIG-b 76235669504 0 NVIDIA H200 MIG 3g.71gb\n";

    private readonly string libraries = Directory.CreateTempSubdirectory("stint-e2e-nvml-").FullName;
    private readonly List<NodeProcess> nodes = [];
    private HubProcess hub = null!;

    private string Library => Path.Combine(libraries, Nvml.Library);

    public async Task InitializeAsync()
    {
        if (CompilerFactAttribute.WhyNot is not null) return;
        var source = Path.Combine(Checkout.Root, "tests/Stint.Tests/Hub/Nodes/Gpus/nvml_stub.c");
        using (var compiling = Process.Start(CompilerFactAttribute.Compiler!, ["-shared", "-fPIC", "-o", Library, source]))
            await compiling.WaitForExitAsync();
        await File.WriteAllTextAsync(Library + ".world", World);
        hub = await HubProcess.StartAsync(new HubSettings(GraceSeconds: 3) { NodeBind = "127.0.0.1" });
        await hub.Cli.JsonAsync("account", "add", "studio", "--plan", "pro", "--generate");
    }

    public async Task DisposeAsync()
    {
        foreach (var node in nodes) await node.DisposeAsync();
        if (hub is not null) await hub.DisposeAsync();
        Directory.Delete(libraries, recursive: true);
    }

    [CompilerFact]
    [Trait("Behaviour", "B30")]
    public async Task JoinedNode_WithMigInstances_ServesStopsAndSettlesAsTheHubsOwnMachineDoes()
    {
        var token = await TokenAsync();
        // A driver that is broken is not taken for none, and uses up no token.
        await File.WriteAllTextAsync(Library + ".world", "init 18\n");
        var (code, output) = await Start(token).EndedAsync();
        Assert.True(code == 1 && output.Contains("different versions (NVML error 18); reboot", StringComparison.Ordinal) && output.Contains("--simulate N", StringComparison.Ordinal), output);
        await File.WriteAllTextAsync(Library + ".world", World);

        var devicePort = FreePorts.Next();
        var node = Start(token, "--port", $"{devicePort}");
        await node.ServesAsync();
        Assert.Contains("Slots       2 × NVIDIA H200 MIG 3g.71gb (71 GiB)", node.Output, StringComparison.Ordinal);
        Assert.Equal(("serves", 2), await StateAsync());
        await using var space = await SpaceAsync();
        var ada = await Person.AddAsync(hub, "ada");
        var identity = await ada.IdentityTokenAsync(space.Name);

        await AssertEndsAtOnceAsync(space, identity);
        await AssertDeafIsDeadInTimeAsync(space, identity, ada);
        await AssertUnleasedIsSeenAsync(node);
        await AssertHubMayRestartAsync(space, identity, ada, node);
        await AssertNodeMayRestartAsync(space, identity, ada, node);

        await hub.Cli.JsonAsync("node", "drain", "gpu1");
        await Eventually.True(async () => await StateAsync() == ("drained", 2), says: "the node is drained");
        await hub.Cli.JsonAsync("node", "remove", "gpu1");
        (code, output) = await node.EndedAsync();
        Assert.True(code == 1 && output.Contains("the hub sent this node away", StringComparison.Ordinal), output);
        LedgerAudit.Of(hub.Directory).AssertSound();
        hub.AssertNoSecretWasPrinted();
        Assert.DoesNotContain(token, node.Output, StringComparison.Ordinal);
    }

    [CompilerFact]
    public async Task StintNode_AskedForWhatCannotBe_SaysWhatToDo()
    {
        await SaysAsync("give --join HUB and --token T");
        await SaysAsync("no such token", "--join", HubUrl, "--token", "nj_wrong", "--simulate", "1");
        await SaysAsync("is no hub: write it as", "--join", "gpuhub", "--token", "x");
        await SaysAsync("join by https://", "--join", "http://8.8.8.8:7862", "--token", "x");
        await SaysAsync("is nodePort set there", "--join", $"http://127.0.0.1:{FreePorts.Next()}", "--token", "x");
        await SaysAsync("choose one with --name", "--join", HubUrl, "--token", await TokenAsync(), "--name", "not a name");
        await SaysAsync("port " + hub.DevicePort + " is taken", "--join", HubUrl, "--token", await TokenAsync(), "--port", $"{hub.DevicePort}");
    }

    private string HubUrl => $"http://127.0.0.1:{hub.NodePort}";

    /// <summary>A worker of a run that failed goes at the hub's word, which is not kept for the next beat.</summary>
    private async Task AssertEndsAtOnceAsync(LeasingSpace space, string identity)
    {
        var times = new List<double>();
        for (var task = 1; task <= 3; task++)
        {
            var lease = await space.LeaseAsync(identity, 60, task);
            Assert.StartsWith("MIG-", lease.NvidiaUUID, StringComparison.Ordinal);
            var worker = await space.WorkAllowedAsync(lease);
            var since = Stopwatch.StartNew();
            Assert.Equal(200, (await space.ReleaseAsync(lease, fail: true)).Status);
            await Eventually.True(() => !worker.IsAlive, TimeSpan.FromSeconds(2));
            times.Add(since.Elapsed.TotalMilliseconds);
        }

        said.WriteLine($"from the call that ends a lease until its worker is gone: {string.Join(", ", times.Select(time => $"{time:0} ms"))}");
        Assert.True(times.Min() < 700, "a beat without news is held for 667 ms: the order waited for it");
    }

    private async Task AssertDeafIsDeadInTimeAsync(LeasingSpace space, string identity, Person ada)
    {
        var asked = Stopwatch.StartNew();
        var lease = await space.LeaseAsync(identity, 2, task: 4);
        var deaf = await space.WorkAllowedAsync(lease, ignoreTerm: true);
        await Eventually.True(() => !deaf.IsAlive, TimeSpan.FromSeconds(2) + hub.Grace + TimeSpan.FromSeconds(2));
        said.WriteLine($"deaf to SIGTERM, declared 2 s, grace {hub.Grace.TotalSeconds:0.0} s: dead {asked.Elapsed.TotalSeconds:0.00} s after it was asked for");
        // The hub's grace, not the two seconds a node goes by before it was told.
        Assert.True(asked.Elapsed >= TimeSpan.FromSeconds(2) + hub.Grace);
        var receipt = (await ada.ReceiptsAsync()).Single(receipt => receipt.Id == lease.Id);
        Assert.Equal(("overrun", 2_000), (receipt.Outcome, receipt.ChargedMilliseconds));
    }

    private async Task AssertUnleasedIsSeenAsync(NodeProcess node)
    {
        await File.WriteAllTextAsync(Library + ".world", World + "run MIG-b 4294967 1073741824\n");
        await Eventually.True(() => hub.Output.Contains("Node gpu1: processes use its GPUs without a lease: gpu1/0/2: pid 4294967 (it cannot be seen from here), 1024 MiB", StringComparison.Ordinal), says: "the hub hears of it");
        Assert.True(node.Says("A process uses a GPU without a lease: gpu1/0/2"));
    }

    private async Task AssertHubMayRestartAsync(LeasingSpace space, string identity, Person ada, NodeProcess node)
    {
        var lease = await space.LeaseAsync(identity, 60, task: 5);
        var worker = await space.WorkAllowedAsync(lease);
        await hub.KillAsync();
        await Eventually.True(() => node.Says("The hub is out of reach"), says: "the node notices");
        Assert.Equal(503, (await space.AskAsync(identity, 30, task: 6)).GetProperty("status").GetInt32());
        await hub.StartAgainAsync();
        await Eventually.True(async () => await StateAsync() == ("serves", 2), says: "the node is back");
        Assert.True(worker.IsAlive);
        Assert.Equal(200, (await space.ReleaseAsync(lease)).Status);
        Assert.Equal("completed", (await ada.ReceiptsAsync()).Single(receipt => receipt.Id == lease.Id).Outcome);
    }

    /// <summary>By the command it was started with at first: the token in it was used up then.</summary>
    private static async Task AssertNodeMayRestartAsync(LeasingSpace space, string identity, Person ada, NodeProcess node)
    {
        var (runs, over) = (await space.LeaseAsync(identity, 60, task: 7), await space.LeaseAsync(identity, 60, task: 8));
        var (worker, gone) = (await space.WorkAllowedAsync(runs), await space.WorkAllowedAsync(over));
        var restarting = node.DieAndStartAgainAsync();
        OtherProcess.Signal(gone.Pid, OtherProcess.SigKill);
        await restarting;
        Assert.True(worker.IsAlive);
        Assert.Equal(200, (await space.ReleaseAsync(runs)).Status);
        await Eventually.True(async () => (await ada.ReceiptsAsync()).Count(receipt => receipt.Id == runs.Id || receipt.Id == over.Id) == 2, says: "both are settled");
        var receipts = (await ada.ReceiptsAsync()).ToDictionary(receipt => receipt.Id, receipt => receipt.Outcome);
        Assert.Equal(("completed", "worker-died"), (receipts[runs.Id], receipts[over.Id]));
    }

    private async Task SaysAsync(string what, params string[] arguments)
    {
        var node = NodeProcess.Start([], null, arguments);
        nodes.Add(node);
        var (code, output) = await node.EndedAsync();
        Assert.True(code == 1 && output.Contains(what, StringComparison.Ordinal), $"{code}: {output}");
    }

    private async Task<string> TokenAsync() => hub.Secret((await hub.Cli.JsonAsync("node", "token")).GetProperty("token").GetString()!);

    private NodeProcess Start(string token, params string[] more)
    {
        var node = NodeProcess.Start([], libraries, ["--join", HubUrl, "--token", token, "--name", "gpu1", .. more]);
        nodes.Add(node);
        return node;
    }

    private async Task<LeasingSpace> SpaceAsync()
    {
        var port = FreePorts.Next();
        await hub.Cli.JsonAsync("space", "add", "studio/mig", "--upstream", $"http://127.0.0.1:{port}");
        var variables = await hub.Cli.JsonAsync("space", "env", "studio/mig", "--node", "gpu1");
        var agent = await SpaceAgent.StartAsync(port, []);
        agent.Base = variables.GetProperty("SPACES_ZERO_DEVICE_API_URL").GetString()!;
        hub.Secret(agent.Base[(agent.Base.LastIndexOf('/') + 1)..]);
        return LeasingSpace.At(hub, "studio/mig", agent);
    }

    private async Task<(string State, int Slots)> StateAsync()
    {
        var node = (await hub.Cli.JsonAsync("node", "list")).EnumerateArray().Single(each => each.GetProperty("name").GetString() == "gpu1");
        return (node.GetProperty("state").GetString()!, node.GetProperty("slots").GetInt32());
    }
}

/// <summary>A test with a library compiled for it; skipped, with the reason, where nothing compiles C.</summary>
internal sealed class CompilerFactAttribute : FactAttribute
{
    public CompilerFactAttribute() => Skip = WhyNot;

    public static string? Compiler { get; } = new[] { "/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/tcc" }.FirstOrDefault(File.Exists);

    public static string? WhyNot => Checkout.WhyNoClients ?? (Compiler is null ? "no C compiler here (cc, gcc or tcc): install tcc" : null);
}
