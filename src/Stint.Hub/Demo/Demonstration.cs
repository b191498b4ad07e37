using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Accounts;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Tokens;

namespace Stint.Hub.Demo;

/// <summary>
/// What <c>stint up --demo</c> adds to a hub: accounts ada (pro) and bob (free), the Space demo/mandelbrot, and
/// <c>demo.json</c> with all that is needed to try them. A second start finds them there and changes nothing.
/// </summary>
internal sealed class Demonstration(
    HubOptions options, HubDirectory directory, Catalogue catalogue, AccessTokens tokens, Passwords passwords, SpaceAddress addressOf, LedgerClock clock)
{
    public const string FileName = "demo.json";
    public static readonly SpaceId Mandelbrot = new("demo", "mandelbrot");

    private static readonly (string Name, string Plan)[] People = [("ada", Plan.Pro), ("bob", Plan.Free)];
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Adds the people who are missing and writes the file. Its secrets stay the same as long as they work.</summary>
    public async Task PrepareAsync(CancellationToken stopping)
    {
        var now = clock.Now;
        var kept = Read();
        var file = new Kept(options.Url, [], [], [new KeptSpace(Mandelbrot.ToString(), (await HostAsync(stopping))?.ToString().TrimEnd('/'))]);
        foreach (var (name, plan) in People)
        {
            var account = Account(name, plan, now);
            file.Passwords[name] = Password(account, kept?.Passwords.GetValueOrDefault(name));
            file.Tokens[name] = Token(account, kept?.Tokens.GetValueOrDefault(name), now);
        }

        directory.WriteSecret(FileName, JsonSerializer.Serialize(file, Format));
    }

    /// <summary>Adds the Space before anything is supervised, so that its first start is the hub's own.</summary>
    /// <exception cref="OptionsException">When the sample is not built.</exception>
    public void AddSpace()
    {
        var now = clock.Now;
        var owner = Account(Mandelbrot.Owner, Plan.Pro, now);
        var sample = Sample();
        // Quoted for the shell: the checkout may lie in a folder with spaces in its name.
        var command = $"exec dotnet '{sample.Replace("'", "'\\''", StringComparison.Ordinal)}'";
        var space = new Space(Mandelbrot, owner.Id, SpaceVisibility.Public, null, command, Path.GetDirectoryName(sample));
        if (catalogue.FindSpace(Mandelbrot) is null) catalogue.AddSpace(space);
        else catalogue.ChangeSpace(Mandelbrot, before => before.Command == command ? before : before with { Command = command, Directory = space.Directory });
    }

    /// <summary>Where people reach the Space; it is there as soon as the supervisor has seen the catalogue.</summary>
    private async Task<Uri?> HostAsync(CancellationToken stopping)
    {
        for (var tries = 0; tries < 100; tries++)
        {
            if (addressOf(Mandelbrot) is { } address) return address;
            await Task.Delay(TimeSpan.FromMilliseconds(50), stopping);
        }

        return null;
    }

    private Account Account(string name, string plan, Instant now)
    {
        if (catalogue.FindAccount(name) is null) catalogue.AddAccount(NewAccount.Of(name, AccountRole.Member, plan, now));
        return catalogue.FindAccount(name)!;
    }

    private string Password(Account account, string? kept)
    {
        if (kept is not null && passwords.Verify(account.Name, kept) is not null) return kept;
        var fresh = Passwords.Generate();
        passwords.Set(account.Id, fresh, clock.Now);
        return fresh;
    }

    private string Token(Account account, string? kept, Instant now)
    {
        if (kept is not null && tokens.Find(kept, now).Outcome == AccessTokenOutcome.Valid) return kept;
        var (_, _, text) = tokens.Create(account.Id, "demo", new AccessTokenGrant(AccessTokenRole.Write, []), now);
        return text ?? throw new OptionsException($"{account.Name} holds as many access tokens as an account may; revoke some with 'stint token revoke', or start without --demo");
    }

    private Kept? Read()
    {
        try
        {
            var file = directory.File(FileName);
            return File.Exists(file) ? JsonSerializer.Deserialize<Kept>(File.ReadAllText(file), Format) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The built sample: <c>./stint</c> says where the checkout is and has built it.</summary>
    private static string Sample()
    {
        var root = Environment.GetEnvironmentVariable("STINT_ROOT") ?? Directory.GetCurrentDirectory();
        var sample = Path.Combine(root, "artifacts/bin/Mandelbrot/release/Mandelbrot.dll");
        return File.Exists(sample) ? sample : throw new OptionsException($"the sample is not built ({sample}); start with ./stint up --demo from a checkout");
    }

    private sealed record Kept(Uri Hub, Dictionary<string, string> Tokens, Dictionary<string, string> Passwords, List<KeptSpace> Spaces);

    /// <param name="Host">Without a slash at its end: clients put paths behind it.</param>
    private sealed record KeptSpace(string Id, string? Host);
}
