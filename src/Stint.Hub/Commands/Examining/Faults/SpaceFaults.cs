using Stint.Core.Spaces;
using Stint.Hub.Commands.Examining.Practice;
using Stint.Hub.Doctor;

namespace Stint.Hub.Commands.Examining.Faults;

/// <summary>Apps that lose their visitors, or hide the hub's queue behind their own.</summary>
internal static class SpaceFaults
{
    /// <summary>The Spaces that these faults need, in the order in which they take them.</summary>
    public static readonly (AppFlaw Flaw, SpaceVisibility Visibility)[] Wanted =
    [
        (AppFlaw.DropsVisitor, SpaceVisibility.Public), (AppFlaw.None, SpaceVisibility.Public), (AppFlaw.CallsOtherAlone, SpaceVisibility.Public), (AppFlaw.None, SpaceVisibility.Public),
        (AppFlaw.NeverAsks, SpaceVisibility.Public), (AppFlaw.QueueFull, SpaceVisibility.Public), (AppFlaw.OwnQueue, SpaceVisibility.Public), (AppFlaw.NotGradio, SpaceVisibility.Public),
        (AppFlaw.None, SpaceVisibility.Members), (AppFlaw.None, SpaceVisibility.Public),
    ];

    public static IEnumerable<Fault> Of(IReadOnlyList<PracticeSpace> spaces)
    {
        var (drops, background, caller, called) = (spaces[0], spaces[1], spaces[2], spaces[3]);
        var (idle, full, queues, foreign, members, crashes) = (spaces[4], spaces[5], spaces[6], spaces[7], spaces[8], spaces[9]);
        caller.Other = called;
        return
        [
            new("a Space that does not exist", "space-unknown", hub => hub.ExamineMissingAsync(hub.AddPerson().Token)),
            new("a members' Space, opened by nobody", "sign-in-needed", hub => MembersAsync(hub, members)),
            new("an app whose SDK loses the visitor", "app-drops-visitor", hub => AfterRunsAsync(hub, drops, 1)),
            new("an app with a background thread", "calls-without-visitor", hub => BackgroundAsync(hub, background)),
            new("an app that calls another without its visitor", "app-calls-without-forwarding", hub => CalledAsync(hub, caller, called)),
            new("an app that does not know the device API", "space-never-asks", hub => AfterRunsAsync(hub, idle, 3)),
            new("an app that turns visitors away", "app-queue-small", hub => AfterRunsAsync(hub, full, 1)),
            new("an app with a queue of its own", "app-queue-hides-ours", hub => AfterRunsAsync(hub, queues, 1)),
            new("a Space that is no Gradio app", "app-not-answering", hub => hub.ExamineAsync(hub.AddPerson().Token, foreign)),
            new("an app that has crashed", "space-failing", hub => CrashedAsync(hub, crashes)),
        ];
    }

    private static async Task<DoctorAnswer> AfterRunsAsync(PracticeHub hub, PracticeSpace space, int runs)
    {
        var token = hub.AddPerson().Token;
        for (var run = 0; run < runs; run++) await PracticeRun.RunAsync(hub.Client, space.Address, token).ConfigureAwait(false);
        return await hub.ExamineAsync(token, space).ConfigureAwait(false);
    }

    private static async Task<DoctorAnswer> MembersAsync(PracticeHub hub, PracticeSpace members)
    {
        using var visitor = hub.Browser();
        var answer = await visitor.ExamineAsync(members).ConfigureAwait(false);
        return answer;
    }

    private static async Task<DoctorAnswer> BackgroundAsync(PracticeHub hub, PracticeSpace space)
    {
        await space.ScheduleAsync(token: null).ConfigureAwait(false);
        return await hub.ExamineAsync(hub.AddPerson().Token, space).ConfigureAwait(false);
    }

    private static async Task<DoctorAnswer> CalledAsync(PracticeHub hub, PracticeSpace caller, PracticeSpace called)
    {
        var token = hub.AddPerson().Token;
        await PracticeRun.RunAsync(hub.Client, caller.Address, token).ConfigureAwait(false);
        return await hub.ExamineAsync(token, called).ConfigureAwait(false);
    }

    /// <summary>The hub looks at each Space now and then; it takes a moment until it has seen this one fail.</summary>
    private static async Task<DoctorAnswer> CrashedAsync(PracticeHub hub, PracticeSpace space)
    {
        await space.CrashAsync().ConfigureAwait(false);
        var token = hub.AddPerson(role: Core.Identities.AccountRole.Administrator).Token;
        var answer = await hub.ExamineAsync(token, space).ConfigureAwait(false);
        for (var tries = 0; tries < 150 && answer.Findings is not [{ Code: "space-failing" }, ..]; tries++)
        {
            await Task.Delay(200).ConfigureAwait(false);
            answer = await hub.ExamineAsync(token, space).ConfigureAwait(false);
        }

        return answer;
    }
}
