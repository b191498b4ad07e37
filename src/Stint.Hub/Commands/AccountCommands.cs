using System.CommandLine;
using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Hub.Accounts;
using Stint.Hub.Store;
using Stint.Hub.Texts;

namespace Stint.Hub.Commands;

/// <summary><c>stint account</c>: who can sign in, on which plan.</summary>
internal static class AccountCommands
{
    private static readonly string[] Roles = ["member", "administrator"];

    public static Command Create(Shell shell) => shell.Noun(
        "account", "Adds and lists accounts, and sets their plan and password.", Add(shell), List(shell), SetPlan(shell), SetPassword(shell));

    private static Command Add(Shell shell)
    {
        var name = new Argument<string>("NAME") { Description = "The user name: letters, digits, '-', '_' and '.'." };
        var role = new Option<string>("--role") { Description = "member or administrator.", HelpName = "ROLE", DefaultValueFactory = _ => Roles[0] };
        role.AcceptOnlyFromAmong(Roles);
        var plan = new Option<string>("--plan") { Description = "The plan it is on.", HelpName = "PLAN", DefaultValueFactory = _ => Plan.Free };
        var generate = new Option<bool>("--generate") { Description = "Generates a password and prints it once." };
        var stdin = new Option<bool>("--stdin") { Description = "Reads the password from the input's first line." };
        var command = new Command("add", "Adds an account. Without --generate or --stdin it prints a one-time link by which its owner chooses a password.")
        {
            name, role, plan, generate, stdin,
        };
        RefuseBoth(command, generate, stdin);
        return shell.Verb(command, call =>
        {
            var password = call.Get(stdin) ? call.Terminal.ReadPassword() : call.Get(generate) ? Passwords.Generate() : null;
            if (call.Get(stdin) && ProblemOf(password) is { } problem) return call.Terminal.Refuse(problem);
            var asked = call.Get(role) == Roles[1] ? AccountRole.Administrator : AccountRole.Member;
            var account = NewAccount.Of(call.Get(name), asked, call.Get(plan), call.Hub.Now);
            return call.Hub.Catalogue.AddAccount(account) switch
            {
                AddAccountOutcome.Added => Added(call, account, password, call.Get(generate)),
                AddAccountOutcome.NameInvalid => call.Terminal.Refuse($"'{account.Name}' cannot be a user name: {Account.NameRule}"),
                AddAccountOutcome.PlanUnknown => call.Terminal.Refuse(UnknownPlan(call, account.Plan)),
                AddAccountOutcome.NameTaken => call.Terminal.Refuse($"an account named {call.Hub.Catalogue.FindAccount(account.Name)!.Name} is there already; choose another name"),
            };
        }, makes: true);
    }

    private static int Added(Call call, Account account, string? password, bool generated)
    {
        if (password is not null) call.Hub.Passwords.Set(account.Id, password, call.Hub.Now);
        var link = password is null ? Link(call, account) : null;
        var shown = generated ? password : null;
        return call.Terminal.Say(
            new { Id = account.Id.Value, account.Name, Role = RoleOf(account), account.Plan, Password = shown, SetUpLink = link },
            [$"Added {RoleOf(account)} {account.Name} on plan {account.Plan}.", .. PasswordLines(shown, link)]);
    }

    private static Command List(Shell shell) => shell.Verb(new Command("list", "Lists accounts."), call =>
    {
        var accounts = call.Hub.Catalogue.Accounts().Select(account => (Account: account, HasPassword: call.Hub.Catalogue.PasswordHash(account.Id) is not null)).ToList();
        return call.Terminal.Table(
            accounts,
            row => new
            {
                Id = row.Account.Id.Value,
                row.Account.Name,
                Role = RoleOf(row.Account),
                row.Account.Plan,
                row.Account.Blocked,
                row.HasPassword,
                CreatedAt = row.Account.CreatedAt.ToUtc(),
            },
            ("name", row => row.Account.Name),
            ("role", row => RoleOf(row.Account)),
            ("plan", row => row.Account.Plan),
            ("sign-in", row => row.Account.Blocked ? "blocked" : row.HasPassword ? "password" : "not set up"),
            ("created", row => Amounts.Of(row.Account.CreatedAt)));
    });

    private static Command SetPlan(Shell shell)
    {
        var name = new Argument<string>("NAME") { Description = "The user name." };
        var plan = new Argument<string>("PLAN") { Description = "The plan to put it on." };
        var command = new Command("plan", "Puts an account on a plan. A larger allowance counts at once, a smaller one from the account's next window.") { name, plan };
        return shell.Verb(command, call =>
        {
            if (call.Hub.Catalogue.FindAccount(call.Get(name)) is not { } account) return call.Terminal.Refuse(Unknown(call.Get(name)));
            return call.Hub.Catalogue.SetPlan(account.Id, call.Get(plan)) switch
            {
                ChangeAccountOutcome.Changed => call.Terminal.Say(
                    new { account.Name, Plan = call.Get(plan), Before = account.Plan }, $"{account.Name} is on plan {call.Get(plan)} (was {account.Plan})."),
                ChangeAccountOutcome.PlanUnknown => call.Terminal.Refuse(UnknownPlan(call, call.Get(plan))),
                ChangeAccountOutcome.AccountUnknown or ChangeAccountOutcome.LastAdministrator => call.Terminal.Refuse(Unknown(account.Name)),
            };
        });
    }

    private static Command SetPassword(Shell shell)
    {
        var name = new Argument<string>("NAME") { Description = "The user name." };
        var generate = new Option<bool>("--generate") { Description = "Generates a password and prints it once." };
        var link = new Option<bool>("--link") { Description = "Prints a one-time link by which its owner chooses a password within 24 hours." };
        var command = new Command("password", $"Sets an account's password, at least {Passwords.Shortest} characters, read from the input's first line.") { name, generate, link };
        RefuseBoth(command, generate, link);
        return shell.Verb(command, call =>
        {
            if (call.Hub.Catalogue.FindAccount(call.Get(name)) is not { } account) return call.Terminal.Refuse(Unknown(call.Get(name)));
            if (call.Get(link))
            {
                var address = Link(call, account);
                return call.Terminal.Say(new { account.Name, SetUpLink = address }, [.. PasswordLines(null, address)]);
            }

            var password = call.Get(generate) ? Passwords.Generate() : call.Terminal.ReadPassword();
            if (ProblemOf(password) is { } problem) return call.Terminal.Refuse(problem);
            call.Hub.Passwords.Set(account.Id, password!, call.Hub.Now);
            var shown = call.Get(generate) ? password : null;
            return call.Terminal.Say(new { account.Name, Password = shown }, [$"The password of {account.Name} is set.", .. PasswordLines(shown, null)]);
        });
    }

    public static string Unknown(string name) => $"no account is named '{name}'; see: stint account list";

    private static string UnknownPlan(Call call, string plan) =>
        $"no plan is named '{plan}'; choose from {string.Join(", ", call.Hub.Catalogue.Plans().Select(each => each.Name))}, or make it with: stint plan set {plan}";

    private static string? ProblemOf(string? password) =>
        password is null ? "no password was read (or the two differ); write it as the input's first line, or use --generate" : Passwords.Problem(password);

    private static Uri? Link(Call call, Account account)
    {
        if (call.Hub.Catalogue.Address() is null) call.Terminal.Note("No hub was ever started on this data directory; start it with: stint up");
        return call.Hub.Links.Create(account.Id, call.Hub.Now) is { } secret ? call.Hub.LinkOf(secret) : null;
    }

    private static IEnumerable<string> PasswordLines(string? password, Uri? link)
    {
        if (password is not null) yield return $"Password, shown this once: {password}";
        if (link is not null) yield return $"To choose a password, open this link once within 24 hours: {link}";
    }

    private static string RoleOf(Account account) => account.Role switch { AccountRole.Member => Roles[0], AccountRole.Administrator => Roles[1] };

    private static void RefuseBoth(Command command, Option<bool> one, Option<bool> other) => command.Validators.Add(result =>
    {
        if (result.GetValue(one) && result.GetValue(other)) result.AddError($"Use {one.Name} or {other.Name}, not both.");
    });
}
