namespace Stint.Hub.Accounts;

/// <summary>
/// How often a password may be tried: so many times per address and per account name, and one more each time a while has
/// passed. Names that no account has count like others. What it remembers has a bound: past it, whoever tried least is
/// forgotten. Passwords are looked at by few at a time, for each takes a processor a while: tries from all over the world leave
/// room for everything else.
/// </summary>
public sealed class SignInThrottle(TimeProvider time) : IDisposable
{
    public const int TriesOfAccount = 10;
    public const int TriesOfAddress = 30;
    public const int Remembered = 10_000;

    /// <summary>After this an account name may be tried once more; an address three times.</summary>
    public static readonly TimeSpan OneMoreAfter = TimeSpan.FromMinutes(1);

    /// <summary>Beyond this the next one is told to come back.</summary>
    public const int MostWaiting = 50;

    public static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(10);

    private const int ForgottenAtOnce = Remembered / 10;

    private readonly SemaphoreSlim turns = new(Math.Max(1, Environment.ProcessorCount / 2));
    private int waiting;

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

    /// <summary>Looks at a password when it is its turn. False where too many wait, or it does not come in time.</summary>
    public async Task<bool> InTurnAsync(Action look, CancellationToken stop)
    {
        try
        {
            if (Interlocked.Increment(ref waiting) > MostWaiting || !await turns.WaitAsync(LongestTurn, stop).ConfigureAwait(false)) return false;
            try
            {
                look();
                return true;
            }
            finally
            {
                turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
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

    public void Dispose() => turns.Dispose();

    internal int Waiting => Volatile.Read(ref waiting);

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

    /// <summary>Many at once: whoever comes with ever new names does not have all of them gone through at each.</summary>
    private void Forget(long now)
    {
        foreach (var key in tries.Keys.Where(key => LevelOf(key, now) <= 0).ToList()) tries.Remove(key);
        if (tries.Count < Remembered) return;
        foreach (var key in tries.Keys.OrderBy(key => LevelOf(key, now)).Take(ForgottenAtOnce).ToList()) tries.Remove(key);
    }

    private static int PaceOf(string key) => key[0] == 'a' ? 3 : 1;

    private static string AddressKey(string address) => "a " + address;

    /// <summary>Names are cut where no account's is longer, so that what is remembered of each is bounded too.</summary>
    private static string AccountKey(string name) => "n " + (name.Length <= 64 ? name : name[..64]).ToLowerInvariant();

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a >= b ? a : b;

    private sealed record Tries(double Level, long At);
}
