using System.Net;
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
            new("a Space that does not exist", "space-unknown", hub => Planted.WithoutRefusalAsync(hub.ExamineMissingAsync(hub.AddPerson().Token), "what is not there has no address to call")),
            new("a members' Space, opened by nobody", "sign-in-needed", hub => MembersAsync(hub, members)),
            new("an app whose SDK loses the visitor", "app-drops-visitor", hub => DroppedAsync(hub, drops)),
            new("an app with a background thread", "calls-without-visitor", hub => BackgroundAsync(hub, background)),
            new("an app that calls another without its visitor", "app-calls-without-forwarding", hub => CalledAsync(hub, caller, called)),
            new("an app that does not know the device API", "space-never-asks", hub => Planted.WithoutRefusalAsync(AfterRunsAsync(hub, idle, 3), "who asks for no GPU is refused none")),
            new("an app that turns visitors away", "app-queue-small", hub => Planted.WithoutRefusalAsync(AfterRunsAsync(hub, full, 1), "the app turns its visitor away itself, and the hub is not asked")),
            new("an app with a queue of its own", "app-queue-hides-ours", hub => Planted.WithoutRefusalAsync(AfterRunsAsync(hub, queues, 1), "the call is late, and not refused")),
            new("a Space that is no Gradio app", "app-not-answering", hub => Planted.WithoutRefusalAsync(hub.ExamineAsync(hub.AddPerson().Token, foreign), "what has no functions cannot be called")),
            new("an app that has crashed", "space-failing", hub => CrashedAsync(hub, crashes)),
        ];
    }

    private static async Task<DoctorAnswer> AfterRunsAsync(PracticeHub hub, PracticeSpace space, int runs)
    {
        var token = hub.AddPerson().Token;
        for (var run = 0; run < runs; run++) await PracticeRun.RunAsync(hub.Client, space.Address, token).ConfigureAwait(false);
        return await hub.ExamineAsync(token, space).ConfigureAwait(false);
    }

    private static async Task<Planted> MembersAsync(PracticeHub hub, PracticeSpace members)
    {
        using var visitor = hub.Browser();
        var expected = new Expected(
            "Gateway", "Nobody was counted: no sign-in and no token reached the Space's address.", "This Space is open to people who are signed in", "Sign in and come back to the Space",
            "At once, when you are signed in; waiting does not help.");
        return new(await visitor.ExamineAsync(members).ConfigureAwait(false), await visitor.RefusedAsync(members, expected).ConfigureAwait(false), null);
    }

    private static async Task<Planted> DroppedAsync(PracticeHub hub, PracticeSpace space)
    {
        var token = hub.AddPerson().Token;
        var (_, error) = await PracticeRun.CallAsync(hub.Client, space.Address, token).ConfigureAwait(false);
        return new(await hub.ExamineAsync(token, space).ConfigureAwait(false), await hub.OpenAsync(error, Answers.NoVisitor).ConfigureAwait(false), null);
    }

    /// <summary>No visitor is shown anything of it; its owner and the operator find it among the refusals.</summary>
    private static async Task<Planted> BackgroundAsync(PracticeHub hub, PracticeSpace space)
    {
        await space.ScheduleAsync(token: null).ConfigureAwait(false);
        return new(await hub.ExamineAsync(hub.AddPerson().Token, space).ConfigureAwait(false), await hub.OpenLatestAsync(space, Answers.NoVisitor).ConfigureAwait(false), null);
    }

    /// <summary>The calling app keeps the error text to itself, so it is found among the refusals.</summary>
    private static async Task<Planted> CalledAsync(PracticeHub hub, PracticeSpace caller, PracticeSpace called)
    {
        var token = hub.AddPerson().Token;
        await called.DeclaringAsync(PracticeSpace.Long, () => PracticeRun.RunAsync(hub.Client, caller.Address, token)).ConfigureAwait(false);
        return new(
            await hub.ExamineAsync(token, called).ConfigureAwait(false), await hub.OpenLatestAsync(called, Answers.Unknown(hub, IPAddress.Loopback)).ConfigureAwait(false), null);
    }

    /// <summary>The hub looks at each Space now and then; it takes a moment until it has seen this one fail.</summary>
    private static async Task<Planted> CrashedAsync(PracticeHub hub, PracticeSpace space)
    {
        await space.CrashAsync().ConfigureAwait(false);
        var token = hub.AddPerson(role: Core.Identities.AccountRole.Administrator).Token;
        var answer = await hub.ExamineAsync(token, space).ConfigureAwait(false);
        for (var tries = 0; tries < 150 && answer.Findings is not [{ Code: "space-failing" }, ..]; tries++)
        {
            await Task.Delay(200).ConfigureAwait(false);
            answer = await hub.ExamineAsync(token, space).ConfigureAwait(false);
        }

        var expected = new Expected(
            "Space", "Nobody was counted, and nothing was charged: the Space itself gave no answer.", "The fault is the Space's; nothing was charged for it.", "Tell its owner", "When its owner has repaired it");
        return new(answer, await hub.RefusedAsync(space, token, expected).ConfigureAwait(false), null);
    }
}
