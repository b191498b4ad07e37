using System.Diagnostics;
using Stint.Core.Leasing;
using Stint.Hub.Commands.Examining.Practice;
using Stint.Hub.Doctor;

namespace Stint.Hub.Commands.Examining.Faults;

/// <summary>GPUs that are not to be had: all in use, taken out, or on a machine that does not answer.</summary>
internal static class GpuFaults
{
    private const string Node = "practice-node";
    private const int Slots = 2;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static IEnumerable<Fault> Of(PracticeSpace space) =>
    [
        new("all slots taken and a long queue", "wait-longer-than-limit", hub => QueueAsync(hub, space)),
    ];

    /// <summary>Those that stop the hub, so that they come late.</summary>
    public static IEnumerable<Fault> OfMachines(PracticeSpace space) =>
    [
        new("a slot whose process cannot be stopped", "slots-quarantined", hub => QuarantinedAsync(hub, space)),
        new("a machine that does not answer", "node-lost", hub => LostAsync(hub, space)),
    ];

    /// <summary>Everyone works longer than a call waits.</summary>
    private static async Task<Planted> QueueAsync(PracticeHub hub, PracticeSpace space)
    {
        var (account, token) = hub.AddPerson();
        return await DuringAsync(hub, space, 24, Long.TotalSeconds, async () =>
        {
            var answer = await UntilAsync(() => hub.ExamineAsync(token, space), "wait-longer-than-limit").ConfigureAwait(false);
            return new Planted(answer, await hub.RefusedAsync(space, token, Answers.NoGpu(account, "would wait about"), declares: Long.TotalSeconds, wait: 1, reader: account).ConfigureAwait(false), null);
        }).ConfigureAwait(false);
    }

    /// <summary>A machine joins while the hub is stopped, and is not heard of when it starts again; those that are there are in use.</summary>
    private static async Task<Planted> LostAsync(PracticeHub hub, PracticeSpace space)
    {
        var (account, token) = hub.AddPerson();
        var slot = new Slot(new SlotId(Node + "/0"), Node, 0, "GPU-practice", SlotSize.XLarge);
        await hub.RestartAsync(() => hub.Decide(new JoinSlots(Node, [slot]), new LoseNode(Node, 0, TimeSpan.Zero))).ConfigureAwait(false);
        await hub.ServesAsync(space).ConfigureAwait(false);
        var planted = await DuringAsync(hub, space, Slots, Long.TotalSeconds, async () =>
        {
            var answer = await UntilAsync(() => hub.ExamineAsync(token, space), "node-lost", seen => seen.Facts["Pool"]?.Contains(" 0 free", StringComparison.Ordinal) == true).ConfigureAwait(false);
            var expected = Answers.NoGpu(account, "1 on a machine that does not answer");
            return new Planted(answer, await hub.RefusedAsync(space, token, expected, declares: Long.TotalSeconds, wait: 1, reader: account).ConfigureAwait(false), null);
        }).ConfigureAwait(false);
        await hub.RestartAsync(() => hub.Decide(new JoinSlots(Node, []))).ConfigureAwait(false);
        await hub.ServesAsync(space).ConfigureAwait(false);
        return planted;
    }

    /// <summary>
    /// An app crashes between a grant and its worker's name: that process was never shown to be the Space's own, so the hub leaves it
    /// alone and takes the slot out until it is gone. The other slots are in use.
    /// </summary>
    private static async Task<Planted> QuarantinedAsync(PracticeHub hub, PracticeSpace space)
    {
        var (account, token) = hub.AddPerson();
        var crashes = (await hub.AddSpacesAsync((AppFlaw.None, Core.Spaces.SpaceVisibility.Public)).ConfigureAwait(false))[0];
        crashes.CrashesAtWork = true;
        await PracticeRun.RunAsync(hub.Client, crashes.Address, token).ConfigureAwait(false);
        await BecomesAsync(isTakenOut: true).ConfigureAwait(false);
        var planted = await DuringAsync(hub, space, Slots - 1, Long.TotalSeconds, async () =>
        {
            var answer = await UntilAsync(() => hub.ExamineAsync(token, space), "slots-quarantined", seen => seen.Facts["Pool"]?.Contains(" 0 free", StringComparison.Ordinal) == true).ConfigureAwait(false);
            var expected = Answers.NoGpu(account, "1 taken out, because a process cannot be stopped there");
            return new Planted(answer, await hub.RefusedAsync(space, token, expected, declares: Long.TotalSeconds, wait: 1, reader: account).ConfigureAwait(false), null);
        }).ConfigureAwait(false);
        crashes.Orphan?.Kill();
        await BecomesAsync(isTakenOut: false).ConfigureAwait(false);
        return planted;

        async Task BecomesAsync(bool isTakenOut)
        {
            for (var since = Stopwatch.GetTimestamp(); IsTakenOut() != isTakenOut && Stopwatch.GetElapsedTime(since) < Patience;) await Task.Delay(100).ConfigureAwait(false);
        }

        bool IsTakenOut() => hub.Open.Reads.Slots().Any(slot => slot.Phase == SlotPhase.Quarantined);
    }

    /// <summary>Has so many people run at once, each from an address of its own, while something is done; then all of them go away.</summary>
    private static Task<T> DuringAsync<T>(PracticeHub hub, PracticeSpace space, int people, double declares, Func<Task<T>> during) => space.DeclaringAsync(declares, async () =>
    {
        var clients = Enumerable.Range(0, people).Select(_ => PracticeVisitor.Program(hub.NextAddress())).ToList();
        using var leaving = new CancellationTokenSource();
        var runs = clients.Select(client => PracticeRun.CallAsync(client, space.Address, hub.AddPerson().Token, leaving.Token)).ToList();
        try
        {
            return await during().ConfigureAwait(false);
        }
        finally
        {
            // Who goes away gives the place back, and the GPU.
            await leaving.CancelAsync().ConfigureAwait(false);
            foreach (var run in runs) await Task.WhenAny(run).ConfigureAwait(false);
            foreach (var client in clients) client.Dispose();
        }
    }, works: Long);

    /// <param name="finding">What is found first in the end; null for nothing.</param>
    private static async Task<DoctorAnswer> UntilAsync(Func<Task<DoctorAnswer>> examine, string? finding, Func<DoctorAnswer, bool>? isWhole = null)
    {
        var answer = await examine().ConfigureAwait(false);
        for (var since = Stopwatch.GetTimestamp(); !IsThere(answer) && Stopwatch.GetElapsedTime(since) < Patience;)
        {
            await Task.Delay(500).ConfigureAwait(false);
            answer = await examine().ConfigureAwait(false);
        }

        return answer;

        bool IsThere(DoctorAnswer seen) => (seen.Findings is [var first, ..] ? first.Code : null) == finding && isWhole?.Invoke(seen) != false;
    }
}
