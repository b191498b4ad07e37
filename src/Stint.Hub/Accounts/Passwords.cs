using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Store;

namespace Stint.Hub.Accounts;

/// <summary>Passwords of accounts. Only slow, salted hashes are kept; a check takes as long for an account that has none.</summary>
public sealed class Passwords(Catalogue catalogue)
{
    public const int Shortest = 10;

    /// <summary>Hashing takes time by length, so the length has an end.</summary>
    public const int Longest = 512;

    // It takes a user for whoever derives from it, and reads nothing of it.
    private static readonly PasswordHasher<Account> Hasher = new();
    private static readonly string HashOfNothing = Hash(Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));

    /// <summary>What is wrong with a password, as a sentence that says what to do; null when nothing is.</summary>
    public static string? Problem(string password) => password.Length switch
    {
        < Shortest => $"a password has at least {Shortest} characters; choose a longer one, or let one be generated",
        > Longest => $"a password has at most {Longest} characters; choose a shorter one",
        _ => null,
    };

    /// <summary>120 bits that can be read over a telephone: 24 letters and digits in groups, none of which look alike.</summary>
    public static string Generate() =>
        string.Join('-', RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 24).Chunk(6).Select(group => new string(group)));

    public static string Hash(string password) => Hasher.HashPassword(null!, password);

    /// <summary>Whoever was signed in as this account until now is so no more.</summary>
    /// <exception cref="ArgumentException">When <see cref="Problem"/> has something to say.</exception>
    public ChangeAccountOutcome Set(AccountId account, string password, Instant now) => Problem(password) is { } problem
        ? throw new ArgumentException(problem, nameof(password))
        : catalogue.SetPasswordHash(account, Hash(password), now);

    /// <summary>The account with this user name and password; null where there is none such, or it is blocked.</summary>
    public Account? Verify(string name, string password)
    {
        if (password.Length > Longest) return null;
        var account = catalogue.FindAccount(name);
        var kept = account is null ? null : catalogue.PasswordHash(account.Id);
        var matches = Hasher.VerifyHashedPassword(null!, kept ?? HashOfNothing, password) != PasswordVerificationResult.Failed;
        return matches && kept is not null && account is { Blocked: false } ? account : null;
    }
}
