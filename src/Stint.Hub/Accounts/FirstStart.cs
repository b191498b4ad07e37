using System.Security.Cryptography;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Store;

namespace Stint.Hub.Accounts;

/// <summary>
/// Sees to it at every start that someone can administrate: makes the account <c>admin</c> where no administrator exists,
/// and as long as none has a password opens a new set-up link, so that a link lost with its terminal costs a restart.
/// </summary>
public sealed class FirstStart(Catalogue catalogue, SetUpLinks links)
{
    private static readonly string[] Names = ["admin", "administrator"];

    /// <summary>The administrator who has yet to choose a password and the secret of the link to do so; null where there is nothing to set up.</summary>
    public (Account Account, string Secret)? Prepare(Instant now)
    {
        var administrators = catalogue.Administrators();
        if (administrators.Count == 0)
        {
            Add(now);
            administrators = catalogue.Administrators();
        }

        if (administrators.Any(account => catalogue.PasswordHash(account.Id) is not null)) return null;
        return links.Create(administrators[0].Id, now) is { } secret ? (administrators[0], secret) : null;
    }

    /// <summary>Where members took the plain names, one that nobody has.</summary>
    private void Add(Instant now)
    {
        foreach (var name in Names.Append("admin-" + RandomNumberGenerator.GetHexString(8, lowercase: true)))
            if (catalogue.AddAccount(NewAccount.Of(name, AccountRole.Administrator, Core.Plans.Plan.Pro, now)) == AddAccountOutcome.Added) return;
    }
}
