namespace Stint.Hub.Accounts;

/// <summary>
/// How often a password may be tried: so many times per address and per account name, and one more each time a while has
/// passed. Names that no account has count like others. What it remembers has a bound: past it, whoever tried least is forgotten.
/// </summary>
public sealed class SignInThrottle(TimeProvider time)
{
    public const int TriesOfAccount = 10;
    public const int TriesOfAddress = 30;
    public const int Remembered = 10_000;

    /// <summary>After this an account name may be tried once more; an address three times.</summary>
    public static readonly TimeSpan OneMoreAfter = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Tries> tries = new(StringComparer.Ordinal);

    /// <summary>Counts a try, before the password is looked at. Null where it may be; else how long to wait, and nothing is counted.</summary>
    public TimeSpan? Enter(string address, string name)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            var (ofAddress, ofAccount) = (Of(AddressKey(address), TriesOfAddress, now), Of(AccountKey(name), TriesOfAccount, now));
            var wait = Longer(ofAddress.Wait, ofAccount.Wait);
            if (wait > TimeSpan.Zero) return wait;
            foreach (var key in new[] { AddressKey(address), AccountKey(name) }) Keep(key, now);
            return null;
        }
    }

    /// <summary>The password was right: the tries before it were its owner's own.</summary>
    public void Succeeded(string address, string name)
    {
        lock (gate)
        {
            tries.Remove(AccountKey(name));
            if (tries.TryGetValue(AddressKey(address), out var ofAddress)) tries[AddressKey(address)] = ofAddress with { Level = Math.Max(0, ofAddress.Level - 1) };
        }
    }

    internal int Count
    {
        get
        {
            lock (gate) return tries.Count;
        }
    }

    private (double Level, TimeSpan Wait) Of(string key, int most, long now)
    {
        var level = LevelOf(key, now);
        return (level, level + 1 <= most ? TimeSpan.Zero : OneMoreAfter / PaceOf(key) * (level + 1 - most));
    }

    private void Keep(string key, long now)
    {
        if (!tries.ContainsKey(key) && tries.Count >= Remembered) Forget(now);
        tries[key] = new(LevelOf(key, now) + 1, now);
    }

    private double LevelOf(string key, long now) =>
        tries.TryGetValue(key, out var kept) ? Math.Max(0, kept.Level - (time.GetElapsedTime(kept.At, now) / OneMoreAfter * PaceOf(key))) : 0;

    private void Forget(long now)
    {
        foreach (var key in tries.Keys.Where(key => LevelOf(key, now) <= 0).ToList()) tries.Remove(key);
        if (tries.Count >= Remembered) tries.Remove(tries.Keys.MinBy(key => LevelOf(key, now))!);
    }

    private static int PaceOf(string key) => key[0] == 'a' ? 3 : 1;

    private static string AddressKey(string address) => "a " + address;

    /// <summary>Names are cut where no account's is longer, so that what is remembered of each is bounded too.</summary>
    private static string AccountKey(string name) => "n " + (name.Length <= 64 ? name : name[..64]).ToLowerInvariant();

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a >= b ? a : b;

    private sealed record Tries(double Level, long At);
}
