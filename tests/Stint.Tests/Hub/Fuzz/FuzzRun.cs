using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Stint.Tests.Hub.Whole;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Stint.Tests.Hub.Fuzz;

/// <summary>One way into a hub.</summary>
/// <param name="Valid">Any valid request there.</param>
/// <param name="Allowed">Statuses from 500 on that are true answers to some request; each names its side.</param>
internal sealed record Door(string Name, IPEndPoint To, Func<Random, FuzzRequest> Valid, params int[] Allowed)
{
    /// <summary>What is sent over a connection that was upgraded; null for nothing.</summary>
    public Func<Random, byte[]>? Upgraded { get; init; }

    /// <summary>What has to follow an answer, so that it leaves nothing behind.</summary>
    public Func<Exchanged, Task>? Then { get; init; }
}

/// <summary>
/// So many requests at one door, each made of its seed and its number alone: the same seed makes the same requests. What a
/// hub may not do at any of them is asserted when all are through.
/// </summary>
internal sealed class FuzzRun(WholeHub hub, Door door, int seed)
{
    private const int AtOnce = 24;
    private const long MostGrown = 48 * 1024 * 1024;

    /// <summary>A server that does not speak the version that was asked for says so.</summary>
    private const int OtherVersion = 505;

    private readonly ConcurrentBag<string> wrong = [];
    private readonly ConcurrentDictionary<int, int> statuses = new();

    /// <summary>How often each status was the answer: a run that none got through has shown nothing.</summary>
    public IReadOnlyDictionary<int, int> Statuses => statuses;

    public async Task SendAsync(int requests)
    {
        var before = await SettledMemoryAsync();
        hub.Log.Clear();
        await Parallel.ForEachAsync(Enumerable.Range(0, requests), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, _) => await OneAsync(number));
        var grown = await SettledMemoryAsync() - before;
        if (grown > MostGrown) wrong.Add($"memory grew by {grown / 1024 / 1024} MiB and stays so");
        foreach (var line in hub.Log.Where(line => line.Level is >= LogLevel.Error and not LogLevel.None && !IsOfOutsiders(line)).Take(5)) wrong.Add($"logged {line.Level} {line.Category}: {line.Text}");
        Assert.True(wrong.IsEmpty, $"{door.Name}: {wrong.Count} wrong. Again with FUZZ_SEED={seed}\n{string.Join("\n---\n", wrong.DistinctBy(each => each.Split('\n').Take(12).Last()).Take(8))}");
    }

    private async Task OneAsync(int number)
    {
        var random = new Random(unchecked((seed * 1_000_003) + number));
        var request = door.Valid(random);
        // One in ten is valid as it is: the rest stand beside requests that change something.
        var bytes = request.ToBytes(random.OneIn(10) ? null : Mutations.Apply(request, random));
        var exchanged = await Exchange.RunAsync(door.To, request, bytes, door.Upgraded?.Invoke(random));
        statuses.AddOrUpdate(exchanged.Status, 1, (_, count) => count + 1);
        if (exchanged.Hung) Wrong(number, bytes, "was not answered");
        if (exchanged.Status >= 500 && exchanged.Status != OtherVersion && !door.Allowed.Contains(exchanged.Status)) Wrong(number, bytes, $"was answered {exchanged.Answer[..Math.Min(600, exchanged.Answer.Length)]}");
        if (door.Then is { } then) await then(exchanged);
    }

    /// <summary>What the framework says of each client that leaves while its body is forwarded, and of each form that is none of ours. A hub shows neither.</summary>
    private static bool IsOfOutsiders(Logged line) =>
        line.Text.Contains("automatic draining of the request body failed", StringComparison.Ordinal) || line.Category.StartsWith("Microsoft.AspNetCore.Antiforgery", StringComparison.Ordinal);

    private void Wrong(int number, byte[] bytes, string what) => wrong.Add($"request {number} {what}\n{Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 1_500)])}");

    private static async Task<long> SettledMemoryAsync()
    {
        var least = long.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            await Task.Delay(100);
            least = Math.Min(least, GC.GetTotalMemory(forceFullCollection: true));
        }

        return least;
    }
}
