using System.CommandLine;
using Stint.Core.Identities;
using Stint.Hub.Billing;

namespace Stint.Hub.Commands.Ledgers;

/// <summary>The options that say whose lines of the ledger a command shows, and how many.</summary>
internal static class Whose
{
    private const int DefaultLimit = 20;

    public static Option<string?> Option() => new("--account") { Description = "The user name; without it everyone's.", HelpName = "NAME" };

    public static Option<int> Limit()
    {
        var limit = new Option<int>("--limit") { Description = "How many, the latest first.", HelpName = "N", DefaultValueFactory = _ => DefaultLimit };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > LedgerEndpoints.LargestLimit) result.AddError($"--limit is a number from 1 to {LedgerEndpoints.LargestLimit}");
        });
        return limit;
    }

    public static Account? Of(Call call, string name) => call.Hub.Catalogue.FindAccount(name);

    /// <summary>Runs with the identity named; with null where none is named.</summary>
    public static int Run(Call call, string? name, Func<IdentityId?, int> show)
    {
        if (name is null) return show(null);
        return Of(call, name) is { } account ? show(IdentityId.Of(account.Id)) : call.Terminal.Refuse(AccountCommands.Unknown(name));
    }

    /// <summary>How an identity is shown: by its account's name where it is one.</summary>
    public static string NameOf(Call call, IdentityId? identity) => identity switch
    {
        null => "nobody",
        { Account: { } id } => call.Hub.Catalogue.FindAccount(id)?.Name ?? identity.Value.Value,
        _ => identity.Value.Value,
    };
}
