using System.CommandLine;
using System.Globalization;
using Stint.Hub.Nodes.Joined;
using Stint.Hub.Nodes.Joining;
using Stint.Hub.Store;
using Stint.Hub.Texts;
using Command = System.CommandLine.Command;

namespace Stint.Hub.Commands.Nodes;

/// <summary><c>stint node</c>: on a machine with GPUs, joins a hub; at the hub, lets machines in and looks after them.</summary>
internal static class NodeCommands
{
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(1);

    public static Command Create(Shell shell, Option<string> directory)
    {
        var noun = shell.Noun(
            "node", "Joins this machine's GPUs to a hub (--join, --token); at the hub, lets machines in, lists, empties and removes them.",
            Token(shell), List(shell), Drain(shell), Remove(shell));
        Serve(noun, directory);
        return noun;
    }

    private static void Serve(Command noun, Option<string> directory)
    {
        var join = new Option<string?>("--join") { Description = "The hub's address for nodes, as in http://10.0.0.1:7862; not needed again once joined.", HelpName = "HUB" };
        var token = new Option<string?>("--token") { Description = "What 'stint node token' printed at the hub; needed once.", HelpName = "T" };
        var name = new Option<string>("--name") { Description = $"What the hub calls this machine: {NodeRecords.NameRule}.", HelpName = "NAME", DefaultValueFactory = _ => Environment.MachineName.Split('.')[0] };
        var port = new Option<int>("--port") { Description = "Where Spaces of this machine ask for GPUs; loopback only.", HelpName = "PORT", DefaultValueFactory = _ => 7861 };
        var simulate = new Option<int?>("--simulate") { Description = "Offers so many simulated slots instead of this machine's GPUs.", HelpName = "N" };
        simulate.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > 1024) result.AddError("--simulate must be 1 to 1024.");
        });
        var kill = new Option<bool>("--kill-unleased") { Description = "Ends processes that use a GPU of this machine without a lease; without it they are reported only." };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 65535) result.AddError("--port must be 1 to 65535.");
        });
        foreach (var option in (Option[])[join, token, name, port, simulate, kill]) noun.Add(option);
        noun.SetAction(async (parsed, stopping) =>
        {
            try
            {
                var options = new NodeOptions(
                    Path.GetFullPath(parsed.GetValue(directory)!), AddressOf(parsed.GetValue(join)), parsed.GetValue(token), parsed.GetValue(name)!, parsed.GetValue(port), parsed.GetValue(simulate), parsed.GetValue(kill));
                return await NodeRun.UntilStoppedAsync(options, stopping);
            }
            catch (Exception e) when (e is OptionsException or HubDirectoryException)
            {
                await Console.Error.WriteLineAsync("stint: " + e.Message);
                return 1;
            }
        });
    }

    private static Command Token(Shell shell)
    {
        var expires = new Option<TimeSpan?>("--expires") { Description = "How long it lets machines in, as in 24h; an hour without it.", HelpName = "SPAN", CustomParser = result => SpanText.Parse(result) };
        var many = new Option<bool>("--many") { Description = "Lets in as many machines as come before its end; without it, one." };
        var command = new Command("token", "Prints a token by which a machine joins this hub. It is shown this once: only its hash is kept.") { expires, many };
        return shell.Verb(command, call =>
        {
            var lifetime = call.Get(expires) ?? TokenLifetime;
            if (lifetime < TimeSpan.FromSeconds(1) || lifetime > TimeSpan.FromDays(30)) return call.Terminal.Refuse("a token lets machines in for a second to 30 days; give --expires another span");
            var token = RecordsOf(call).CreateToken(call.Hub.Now, lifetime, !call.Get(many));
            call.Terminal.Note("Shown this once. On the machine: stint node --join HUB --token TOKEN");
            return call.Terminal.Say(new { Token = token, ExpiresAt = (call.Hub.Now + lifetime).ToUtc(), Single = !call.Get(many) }, token);
        });
    }

    private static Command List(Shell shell) => shell.Verb(new Command("list", "Lists nodes, the hub's own machine among them, and how they are."), call => call.Terminal.Table(
        NodePicture.All(RecordsOf(call), call.Hub.Reads),
        ToJson,
        ("name", node => node.Name),
        ("state", StateOf),
        ("slots", node => node.Slots.Count.ToString(CultureInfo.InvariantCulture)),
        ("leases", node => node.Leases.ToString(CultureInfo.InvariantCulture)),
        ("devices", node => node.Record?.Devices ?? ""),
        ("reached", node => node.Record?.ReachedAt is { } at ? Amounts.Of(at) : "")));

    private static Command Drain(Shell shell)
    {
        var name = Name();
        var undo = new Option<bool>("--undo") { Description = "Lets it serve again." };
        var command = new Command("drain", "Grants nothing new on a node; what runs there goes on. See 'stint node list' for when it is empty.") { name, undo };
        return shell.Verb(command, call => RecordsOf(call).SetDrained(call.Get(name), !call.Get(undo))
            ? call.Terminal.Say(new { Name = call.Get(name), Drained = !call.Get(undo) }, call.Get(undo) ? $"{call.Get(name)} serves again." : $"{call.Get(name)} gets nothing new; what runs there goes on.")
            : call.Terminal.Refuse(Unknown(call.Get(name))));
    }

    private static Command Remove(Shell shell)
    {
        var name = Name();
        var command = new Command("remove", "Removes a node: its secret opens nothing any more and its slots leave. What still runs there is settled at its deadline, for nothing; drain it first.") { name };
        return shell.Verb(command, call => RecordsOf(call).Remove(call.Get(name))
            ? call.Terminal.Say(new { Name = call.Get(name), Removed = true }, $"{call.Get(name)} is removed.")
            : call.Terminal.Refuse(Unknown(call.Get(name))));
    }

    private static Uri? AddressOf(string? text) => text is null ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri
        : throw new OptionsException($"'{text}' is no hub: write it as https://HOST:PORT or http://PRIVATE-ADDRESS:PORT");

    private static Argument<string> Name() => new("NAME") { Description = "The node, as 'stint node list' names it." };

    private static string Unknown(string name) => $"no node that joined is named {name}; see: stint node list";

    private static NodeRecords RecordsOf(Call call) => new(call.Hub.Catalogue);

    private static string StateOf(NodePicture node) => node.State switch
    {
        NodeState.Serves => node.IsHubsOwn ? "the hub's own" : "serves",
        NodeState.NeverSeen => "never seen",
        NodeState.Lost => $"lost since {Amounts.Of(node.LostSince!.Value)}",
        NodeState.Draining => "draining",
        NodeState.Drained => "drained",
        NodeState.OffersNothing => "offers nothing",
        NodeState.Removed => "removed",
    };

    private static object ToJson(NodePicture node) => new
    {
        node.Name,
        State = StateOf(node),
        Slots = node.Slots.Count,
        node.Leases,
        LostSince = node.LostSince?.ToUtc(),
        IsDrained = node.Record?.IsDrained ?? false,
        node.Record?.Devices,
        node.Record?.DeviceUrl,
        node.Record?.Epoch,
        ReachedAt = node.Record?.ReachedAt?.ToUtc(),
    };
}
