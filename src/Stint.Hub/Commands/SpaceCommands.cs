using System.CommandLine;
using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Commands.Purses;
using Stint.Hub.Commands.Spaces;
using Stint.Hub.Nodes.Joining;
using Stint.Hub.Spaces;
using Stint.Hub.Store;
using Stint.Hub.Tokens;

namespace Stint.Hub.Commands;

/// <summary><c>stint space</c>: hosted apps.</summary>
internal static class SpaceCommands
{
    private static readonly string[] Visibilities = ["public", "members", "private"];

    public static Command Create(Shell shell) => shell.Noun(
        "space", "Adds, lists and removes Spaces, and shows what they need and say.",
        Add(shell), List(shell), Env(shell), Logs(shell), CareCommand.Create(shell),
        SettingCommands.Create(shell, isSecret: true), SettingCommands.Create(shell, isSecret: false), Rotate(shell), Remove(shell),
        ProfileCommand.Create(shell));

    public static Argument<string> Name() => new("OWNER/NAME") { Description = "The Space." };

    public static Space? Find(Call call, string text) => SpaceId.TryParse(text, out var id) ? call.Hub.Catalogue.FindSpace(id) : null;

    public static string Unknown(string text) =>
        SpaceId.TryParse(text, out _) ? $"no Space is named {text}; see: stint space list" : $"'{text}' names no Space: {SpaceId.Rule}";

    private static Command Add(Shell shell)
    {
        var name = new Argument<string>("OWNER/NAME") { Description = "Its name; OWNER is the user name of the account that answers for it." };
        var upstream = new Option<string?>("--upstream") { Description = "Where somebody else runs it, as in http://127.0.0.1:9000.", HelpName = "URL" };
        var start = new Option<string?>("--command") { Description = "What the hub starts, by /bin/sh -c in the folder --dir names.", HelpName = "COMMAND" };
        var folder = new Option<DirectoryInfo?>("--dir") { Description = "The folder of the app, for --command.", HelpName = "DIR" };
        var visibility = new Option<string>("--visibility")
        {
            Description = "public: anyone. members: who is signed in. private: its owner and administrators.",
            HelpName = string.Join('|', Visibilities),
            DefaultValueFactory = _ => Visibilities[0],
        };
        visibility.AcceptOnlyFromAmong(Visibilities);
        var strict = new Option<bool>("--strict") { Description = "Its tasks must afford the whole duration they declare, not what they usually take." };
        var command = new Command("add", "Adds a Space: one that somebody else runs (--upstream), or one that the hub starts and supervises (--command, --dir).")
        {
            name, upstream, start, folder, visibility, strict,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(upstream) is null == result.GetValue(start) is null) result.AddError("Use either --upstream URL or --command COMMAND.");
            else if (result.GetValue(start) is not null != result.GetValue(folder) is not null) result.AddError("--command and --dir go together.");
        });
        return shell.Verb(command, call =>
        {
            if (!SpaceId.TryParse(call.Get(name), out var id)) return call.Terminal.Refuse(Unknown(call.Get(name)));
            if (call.Hub.Catalogue.FindAccount(id.Owner) is not { } owner)
                return call.Terminal.Refuse($"no account is named '{id.Owner}' to own {id}; add it with: stint account add {id.Owner}");
            if (ProblemOf(call, call.Get(upstream), call.Get(folder)) is { } problem) return call.Terminal.Refuse(problem);
            var address = call.Get(upstream) is { } text ? new Uri(text) : null;
            return Add(call, owner, new Space(id, owner.Id, VisibilityOf(call.Get(visibility)), address, call.Get(start), call.Get(folder)?.FullName, Strict: call.Get(strict)));
        });
    }

    private static int Add(Call call, Account owner, Space space)
    {
        switch (call.Hub.Catalogue.AddSpace(space))
        {
            case AddSpaceOutcome.Added:
                var added = call.Hub.Catalogue.FindSpace(space.Id)!;
                return call.Terminal.Say(
                    ToJson(added, owner.Name),
                    $"Added {added.Id}, {Word(added.Visibility)}.",
                    added.Upstream is null ? "A running hub starts it now; see: stint space logs " + added.Id : "Start it with the variables of: stint space env " + added.Id);
            case AddSpaceOutcome.OwnerUnknown:
                return call.Terminal.Refuse(AccountCommands.Unknown(space.Id.Owner));
            case AddSpaceOutcome.AlreadyExists:
                return call.Terminal.Refuse($"{call.Hub.Catalogue.FindSpace(space.Id)!.Id} is there already; choose another name");
            case AddSpaceOutcome.LabelReserved:
                return call.Terminal.Refuse($"{space.Id} would be reached as '{space.Id.Subdomain}', which is {(space.Id.Subdomain.Length > 63 ? "too long for a host name" : "the hub's own")}; choose another name");
            case AddSpaceOutcome.LabelTaken:
                return call.Terminal.Refuse($"{space.Id} would be reached as '{space.Id.Subdomain}', which is {call.Hub.Catalogue.FindLabel(space.Id.Subdomain)}'s; choose another name");
            case AddSpaceOutcome.HostingLimitReached:
                return call.Terminal.Refuse(
                    $"plan {owner.Plan} hosts {call.Hub.Catalogue.FindPlan(owner.Plan)!.HostingLimit} Spaces and {owner.Name} has them; "
                    + $"remove one with 'stint space remove', choose another plan with 'stint account plan {owner.Name} PLAN', or let this one host more with 'stint plan set {owner.Plan} --hosting N'");
        }

        throw new System.Diagnostics.UnreachableException();
    }

    private static Command List(Shell shell) => shell.Verb(new Command("list", "Lists Spaces."), call =>
    {
        var owners = call.Hub.Catalogue.Accounts().ToDictionary(account => account.Id, account => account.Name);
        return call.Terminal.Table(
            call.Hub.Catalogue.Spaces(),
            space => ToJson(space, owners[space.Owner]),
            ("name", space => space.Id.ToString()),
            ("visibility", space => Word(space.Visibility)),
            ("host label", space => space.Id.Subdomain),
            ("runs", space => space.Upstream is { } upstream ? $"at {upstream}" : $"here: {space.Command}"),
            ("secret", space => $"generation {space.Generation}"));
    });

    private static Command Rotate(Shell shell)
    {
        var name = Name();
        var command = new Command("rotate", "Gives a Space its next device secret. From then on the hub refuses GPU requests made with the one before.") { name };
        return shell.Verb(command, call =>
        {
            if (Find(call, call.Get(name)) is not { } space || call.Hub.Catalogue.RotateSecret(space.Id) is not { } rotated) return call.Terminal.Refuse(Unknown(call.Get(name)));
            return call.Terminal.Say(
                new { Name = rotated.Id.ToString(), rotated.Generation },
                $"{rotated.Id} has its next device secret (generation {rotated.Generation}).",
                rotated.Upstream is null ? "A running hub starts it anew with it." : "Start it anew with the variables of: stint space env " + rotated.Id);
        });
    }

    private static Command Env(Shell shell)
    {
        var name = Name();
        var node = new Option<string?>("--node") { Description = "The node on whose machine the Space's process runs; without it, the hub's own.", HelpName = "NODE" };
        var command = new Command("env", "Prints the variables a Space needs, its device secret among them, as KEY=value: env $(stint space env OWNER/NAME) python app.py") { name, node };
        return shell.Verb(command, call =>
        {
            if (Find(call, call.Get(name)) is not { } space) return call.Terminal.Refuse(Unknown(call.Get(name)));
            var files = new SpaceFiles(call.Hub.Path, space.Id);
            files.Create();
            var device = call.Get(node) is { } at ? new NodeRecords(call.Hub.Catalogue).List().FirstOrDefault(record => record.Name == at)?.DeviceUrl : call.Hub.Address.DeviceUrl;
            if (device is null) return call.Terminal.Refuse($"no node named {call.Get(node)} has reached this hub; see: stint node list");
            var environment = new SpaceEnvironment(call.Hub.Address.Url, device, new DeviceSecrets(call.Hub.Keys));
            var variables = environment.Of(space, files, port: null);
            if (space.Upstream is null) call.Terminal.Note($"The hub starts {space.Id} with these and a port of its own.");
            return call.Terminal.Say(new Dictionary<string, string>(variables), [.. variables.Select(one => $"{one.Key}={one.Value}")]);
        });
    }

    private static Command Logs(Shell shell)
    {
        var name = Name();
        var follow = new Option<bool>("--follow", "-f") { Description = "Goes on with each line as it is written, until Ctrl-C." };
        var lines = new Option<int>("--lines", "-n") { Description = "How many of the newest lines to begin with, up to 100000.", HelpName = "N", DefaultValueFactory = _ => 100 };
        lines.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 100_000) result.AddError("--lines must be 0 to 100000.");
        });
        var command = new Command("logs", "Prints what a Space that the hub runs has written.") { name, follow, lines };
        return shell.Verb(command, async (call, stopping) =>
        {
            if (Find(call, call.Get(name)) is not { } space) return call.Terminal.Refuse(Unknown(call.Get(name)));
            if (space.Upstream is { } upstream) return call.Terminal.Refuse($"{space.Id} is run at {upstream} by somebody else, who has its output");
            if (call.Get(follow) && call.Terminal.IsJson) return call.Terminal.Refuse("--follow never ends and one JSON value does; leave out one of --follow and --json");
            var log = new SpaceLog(new SpaceFiles(call.Hub.Path, space.Id).Output);
            if (!call.Get(follow))
            {
                var last = log.Last(call.Get(lines));
                if (last.Count == 0) call.Terminal.Note($"{space.Id} has written nothing yet; a running hub starts it.");
                return call.Terminal.Say(last, [.. last]);
            }

            await foreach (var line in log.FollowAsync(call.Get(lines), stopping)) call.Terminal.Line(line);
            return 0;
        });
    }

    private static Command Remove(Shell shell)
    {
        var name = Name();
        var command = new Command("remove", "Removes a Space: a running hub stops it and refuses its GPU requests. Its receipts and its files stay.") { name };
        return shell.Verb(command, call => Find(call, call.Get(name)) is { } space && call.Hub.Catalogue.RemoveSpace(space.Id)
            ? call.Terminal.Say(new { Name = space.Id.ToString(), Removed = true }, $"{space.Id} is removed.")
            : call.Terminal.Refuse(Unknown(call.Get(name))));
    }

    private static string? ProblemOf(Call call, string? upstream, DirectoryInfo? folder)
    {
        if (folder is { Exists: false }) return $"{folder.FullName} is no folder; give --dir the folder of the app";
        return upstream is null ? null : new UpstreamRule(call.Hub.Address.Ports).Problem(upstream);
    }

    private static SpaceVisibility VisibilityOf(string word) => Enum.GetValues<SpaceVisibility>().Single(each => Word(each) == word);

    private static string Word(SpaceVisibility visibility) => visibility switch
    {
        SpaceVisibility.Public => Visibilities[0],
        SpaceVisibility.Members => Visibilities[1],
        SpaceVisibility.Private => Visibilities[2],
    };

    private static object ToJson(Space space, string owner) => new
    {
        Name = space.Id.ToString(),
        Owner = owner,
        Visibility = Word(space.Visibility),
        space.Id.Subdomain,
        space.Upstream,
        space.Command,
        space.Directory,
        space.Strict,
        space.Generation,
    };
}
