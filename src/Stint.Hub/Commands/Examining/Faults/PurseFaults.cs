using System.Diagnostics;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Hub.Commands.Examining.Practice;
using Stint.Hub.Doctor;

namespace Stint.Hub.Commands.Examining.Faults;

/// <summary>Purses that are empty, held or shared, and GPUs that are not to be had.</summary>
internal static class PurseFaults
{
    private const string Small = "practice-small";

    public static IEnumerable<Fault> Of(PracticeSpace space) =>
    [
        new("an allowance used up", "quota-used-up", hub => UsedUpAsync(hub, space)),
        new("a run that declares more than the plan ever grants", "duration-never-allowed", hub => TooLongAsync(hub, space)),
        new("one address for many people", "address-shared", hub => SharedAsync(hub, space)),
        new("all slots taken and a long queue", "wait-longer-than-limit", hub => QueueAsync(hub, space)),
    ];

    private static async Task<DoctorAnswer> UsedUpAsync(PracticeHub hub, PracticeSpace space)
    {
        hub.Open.Catalogue.SetPlan(new Plan(Small, new GpuTime(3_000), 1, TimeSpan.FromSeconds(3), 1));
        var token = hub.AddPerson(Small).Token;
        var (declared, works) = (space.DeclaredSeconds, space.Works);
        // It works longer than there is GPU time, and is stopped where that ends.
        (space.DeclaredSeconds, space.Works) = (3, TimeSpan.FromSeconds(3.5));
        try
        {
            await PracticeRun.RunAsync(hub.Client, space.Address, token).ConfigureAwait(false);
        }
        finally
        {
            (space.DeclaredSeconds, space.Works) = (declared, works);
        }

        return await hub.ExamineAsync(token, space).ConfigureAwait(false);
    }

    private static async Task<DoctorAnswer> TooLongAsync(PracticeHub hub, PracticeSpace space)
    {
        var token = hub.AddPerson(Plan.Free).Token;
        var before = space.DeclaredSeconds;
        space.DeclaredSeconds = 5_000;
        try
        {
            await PracticeRun.RunAsync(hub.Client, space.Address, token).ConfigureAwait(false);
        }
        finally
        {
            space.DeclaredSeconds = before;
        }

        return await hub.ExamineAsync(token, space).ConfigureAwait(false);
    }

    private static async Task<DoctorAnswer> SharedAsync(PracticeHub hub, PracticeSpace space)
    {
        var address = hub.NextAddress();
        for (var person = 0; person < 5; person++)
        {
            using var visitor = hub.Browser(address);
            await visitor.GoOnUnknownAsync(space).ConfigureAwait(false);
            await visitor.RunAsync(space).ConfigureAwait(false);
        }

        using var last = hub.Browser(address);
        return await last.ExamineAsync(space).ConfigureAwait(false);
    }

    /// <summary>Everyone works longer than a call waits.</summary>
    private static async Task<DoctorAnswer> QueueAsync(PracticeHub hub, PracticeSpace space)
    {
        using var stop = new CancellationTokenSource();
        var (declared, works) = (space.DeclaredSeconds, space.Works);
        (space.DeclaredSeconds, space.Works) = (100, TimeSpan.FromSeconds(100));
        var clients = Enumerable.Range(0, 24).Select(_ => PracticeVisitor.Program(hub.NextAddress())).ToList();
        var runs = clients.Select(client => PracticeRun.RunAsync(client, space.Address, hub.AddPerson().Token)).ToList();
        try
        {
            var token = hub.AddPerson().Token;
            return await UntilAsync(() => hub.ExamineAsync(token, space), answer => answer.Findings is [{ Code: "wait-longer-than-limit" }, ..]).ConfigureAwait(false);
        }
        finally
        {
            (space.DeclaredSeconds, space.Works) = (declared, works);
            // Who goes away gives the place back, and the GPU.
            foreach (var client in clients) client.Dispose();
            foreach (var run in runs) await Task.WhenAny(run).ConfigureAwait(false);
        }
    }

    private static async Task<DoctorAnswer> UntilAsync(Func<Task<DoctorAnswer>> examine, Func<DoctorAnswer, bool> isThere)
    {
        var answer = await examine().ConfigureAwait(false);
        for (var since = Stopwatch.GetTimestamp(); !isThere(answer) && Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(20);)
        {
            await Task.Delay(1_000).ConfigureAwait(false);
            answer = await examine().ConfigureAwait(false);
        }

        return answer;
    }
}
