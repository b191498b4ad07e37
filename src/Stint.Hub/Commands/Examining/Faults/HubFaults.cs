using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Hub.Commands.Examining.Practice;
using Stint.Hub.Doctor;

namespace Stint.Hub.Commands.Examining.Faults;

/// <summary>Hubs that cannot count rightly. Last, for they stop the hub or write behind its back.</summary>
internal static class HubFaults
{
    public static IEnumerable<Fault> Of(PracticeSpace space) =>
    [
        new("a rule that can never apply", "rule-without-effect", hub => Planted.WithoutRefusalAsync(RuleAsync(hub), "what can never apply never refuses anyone")),
        new("the machine's clock set back two hours", "hub-clock-jumped", hub => Planted.WithoutRefusalAsync(ClockAsync(hub), "windows go on by the ledger's own clock")),
        new("a number changed in the data file", "ledger-damaged", hub => Planted.WithoutRefusalAsync(DamagedAsync(hub, space), "the hub decides by what it has, and is not to be relied on")),
    ];

    private static async Task<DoctorAnswer> RuleAsync(PracticeHub hub)
    {
        var plan = hub.Open.Catalogue.FindPlan(Plan.Free)!;
        hub.Open.Catalogue.SetPlan(plan with { LongestDuration = TimeSpan.FromDays(1) });
        try
        {
            return await hub.ExamineAsync(hub.AddPerson(role: AccountRole.Administrator).Token, null).ConfigureAwait(false);
        }
        finally
        {
            hub.Open.Catalogue.SetPlan(plan);
        }
    }

    /// <summary>To the hub, a clock set back looks like evidence from the future in its own data file.</summary>
    private static async Task<DoctorAnswer> ClockAsync(PracticeHub hub)
    {
        var token = hub.AddPerson().Token;
        var lead = (long)TimeSpan.FromHours(2).TotalMilliseconds;
        await hub.RestartAsync(() => hub.Change("UPDATE evidence SET at = at + $lead", ("$lead", lead))).ConfigureAwait(false);
        var answer = await hub.ExamineAsync(token, null).ConfigureAwait(false);
        await hub.RestartAsync(() => hub.Change("UPDATE evidence SET at = at - $lead", ("$lead", lead))).ConfigureAwait(false);
        return answer;
    }

    private static async Task<DoctorAnswer> DamagedAsync(PracticeHub hub, PracticeSpace space)
    {
        var (account, token) = hub.AddPerson();
        space.Works = TimeSpan.FromMilliseconds(500);
        await PracticeRun.RunAsync(hub.Client, space.Address, token).ConfigureAwait(false);
        hub.Change("UPDATE reservations SET charged = charged + 60000 WHERE identity = $who", ("$who", IdentityId.Of(account.Id).Value));
        // The longer an audit takes, the rarer it is made.
        var answer = await hub.ExamineAsync(token, null).ConfigureAwait(false);
        for (var tries = 0; tries < 60 && answer.Findings is not [{ Code: "ledger-damaged" }, ..]; tries++)
        {
            await Task.Delay(500).ConfigureAwait(false);
            answer = await hub.ExamineAsync(token, null).ConfigureAwait(false);
        }

        return answer;
    }
}
