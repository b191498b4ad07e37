namespace Stint.Bench.Ledgers;

/// <summary>One ledger that reserves and settles GPU time durably: an answer means that it is on disk.</summary>
internal interface IContender : IAsyncDisposable
{
    string Name { get; }

    /// <summary>One reservation and its settlement, two calls: each checks its id, changes the account and leaves an entry and a receipt.</summary>
    /// <param name="account">Whose GPU time it is.</param>
    Task PairAsync(int caller, int account);
}

/// <summary>What every contender is asked for and keeps: the same facts, so about the same bytes.</summary>
internal static class Payload
{
    public const long AllowanceMilliseconds = 2_000_000_000_000;
    public const long FloorMilliseconds = 1_000;
    public const long ChargedMilliseconds = 1;

    private static long next;

    /// <summary>Unique and in the order of time, as the hub makes them.</summary>
    public static string NewId() => $"r_{Interlocked.Increment(ref next):00000000000000000000000000}";

    public static string Account(int account) => $"account:01k0000000000000000000{account:0000}";

    /// <summary>The terms of a reservation as text, for ledgers that keep them in one field.</summary>
    public static string Terms(string id, int caller) =>
        $"bench/space|/bench|Large|1000|{caller}|1000|1000|1000|1000|f{id[1..]}|event-{caller:0000}|AccessToken|1|{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}|bench/{caller:000}|{caller}|GPU-00000000-0000-0000-0000-00000000{caller:0000}";
}
