using System.Diagnostics;
using System.Net;
using Stint.EndToEnd.Harness;

namespace Stint.EndToEnd.Nodes;

/// <summary>
/// A machine of its own as far as a network goes: a namespace with two cables, one to the hub that can be pulled and one by
/// which the test gives orders. On it runs a node, and a Space whose workers use its slots.
/// </summary>
internal sealed class NodeMachine : IAsyncDisposable
{
    /// <summary>Where the hub is, seen from every machine.</summary>
    public const string HubAddress = "10.213.7.1";

    private const string TestAddress = "10.213.8.1";
    private readonly string name;
    private readonly int number;
    private NodeProcess? node;

    private NodeMachine(string name, int number) => (this.name, this.number) = (name, number);

    public LeasingSpace Space { get; private set; } = null!;

    public int NodePid => node!.Pid;

    private string Namespace => $"stint-e2e-{name}";

    private string Own => $"10.213.7.{number + 1}";

    private string[] Inside => ["ip", "netns", "exec", Namespace];

    /// <summary>The address of the hub has to be there before a hub can listen on it.</summary>
    public static NodeMachine Make(string name, int number)
    {
        var machine = new NodeMachine(name, number);
        try
        {
            machine.Wire();
            return machine;
        }
        catch
        {
            machine.Unwire();
            throw;
        }
    }

    /// <summary>Joins the hub by a token of its own and starts a Space on this machine.</summary>
    public async Task JoinAsync(HubProcess hub, int slots)
    {
        var token = (await hub.Cli.JsonAsync("node", "token")).GetProperty("token").GetString()!;
        hub.Secret(token);
        node = NodeProcess.Start(Inside, null, "--join", $"http://{HubAddress}:{hub.NodePort}", "--token", token, "--name", name, "--simulate", $"{slots}");
        await node.ServesAsync();

        var space = $"studio/{name}";
        await hub.Cli.JsonAsync("space", "add", space, "--upstream", $"http://{Own}:7900");
        var variables = await hub.Cli.JsonAsync("space", "env", space, "--node", name);
        var agent = await SpaceAgent.StartAsync(7900, Inside, IPAddress.Parse(TestAddress));
        agent.Base = variables.GetProperty("SPACES_ZERO_DEVICE_API_URL").GetString()!;
        hub.Secret(agent.Base[(agent.Base.LastIndexOf('/') + 1)..]);
        Space = LeasingSpace.At(hub, space, agent);
    }

    /// <summary>Pulls the cable between this machine and the hub.</summary>
    public void Cut() => Ip("link", "set", Cable("h"), "down");

    public void Mend()
    {
        Ip("link", "set", Cable("h"), "up");
        Ip("route", "add", $"{Own}/32", "dev", Cable("h"));
    }

    public async ValueTask DisposeAsync()
    {
        if (Space is not null) await Space.DisposeAsync();
        if (node is not null) await node.DisposeAsync();
        Unwire();
    }

    private string Cable(string kind) => $"stint{kind}{number}";

    private void Wire()
    {
        _ = Run("ip", "netns", "del", Namespace);
        Ip("netns", "add", Namespace);
        Ip("-n", Namespace, "link", "set", "lo", "up");
        foreach (var (kind, here, there) in new[] { ("h", HubAddress, Own), ("t", TestAddress, $"10.213.8.{number + 1}") })
        {
            Ip("link", "add", Cable(kind), "type", "veth", "peer", "name", $"eth-{kind}", "netns", Namespace);
            Ip("addr", "add", $"{here}/32", "dev", Cable(kind));
            Ip("link", "set", Cable(kind), "up");
            Ip("route", "add", $"{there}/32", "dev", Cable(kind));
            Ip("-n", Namespace, "addr", "add", $"{there}/32", "dev", $"eth-{kind}");
            Ip("-n", Namespace, "link", "set", $"eth-{kind}", "up");
            Ip("-n", Namespace, "route", "add", $"{here}/32", "dev", $"eth-{kind}");
        }
    }

    private void Unwire()
    {
        _ = Run("ip", "link", "del", Cable("h"));
        _ = Run("ip", "link", "del", Cable("t"));
        _ = Run("ip", "netns", "del", Namespace);
    }

    private static void Ip(params string[] arguments)
    {
        if (Run("ip", arguments) is { Length: > 0 } error) throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {error}");
    }

    /// <summary>Null where it worked; else what it said.</summary>
    private static string? Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : error + process.ExitCode;
    }
}
