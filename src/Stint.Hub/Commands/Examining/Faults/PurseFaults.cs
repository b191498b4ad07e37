using Stint.Core.Identities;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Hub.Commands.Examining.Practice;
using Stint.Hub.Texts;

namespace Stint.Hub.Commands.Examining.Faults;

/// <summary>Purses that are empty, bounded or shared.</summary>
internal static class PurseFaults
{
    private const string Small = "practice-small";
    private const string Tiny = "practice-tiny";
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Too little for the shortest run.</summary>
    private static readonly GpuTime HalfASecond = new(500);

    public static IEnumerable<Fault> Of(PracticeSpace space) =>
    [
        new("an allowance used up", "quota-used-up", hub => UsedUpAsync(hub, space)),
        new("a run that declares more than the plan ever grants", "duration-never-allowed", hub => TooLongAsync(hub, space)),
        new("credits that their holder's ceiling keeps back", "ceiling-reached", hub => CeilingAsync(hub, space)),
        new("a ceiling of one's own for this Space", "space-ceiling-reached", hub => SpaceCeilingAsync(hub, space)),
        new("one address for many people", "address-shared", hub => SharedAsync(hub, space)),
    ];

    private static async Task<Planted> UsedUpAsync(PracticeHub hub, PracticeSpace space)
    {
        hub.Open.Catalogue.SetPlan(new Plan(Small, new GpuTime(3_000), 1, TimeSpan.FromSeconds(3), 1));
        var (account, token) = hub.AddPerson(Small);
        // It works longer than there is GPU time, and is stopped where that ends.
        await space.DeclaringAsync(3, () => PracticeRun.RunAsync(hub.Client, space.Address, token), works: TimeSpan.FromSeconds(3.5)).ConfigureAwait(false);
        var answer = await hub.ExamineAsync(token, space).ConfigureAwait(false);
        var expected = new Expected(
            "Ledger", $"You were counted as {account.Name}, recognised by an access token.", "of GPU time and 0 s are left of 3 s: 3 s are spent.", "See what used it", "In 23 h 59 min, unless something new is used until then.");
        return new(answer, await hub.RefusedAsync(space, token, expected, declares: 3, reader: account).ConfigureAwait(false), null);
    }

    private static async Task<Planted> TooLongAsync(PracticeHub hub, PracticeSpace space)
    {
        var (account, token) = hub.AddPerson(Plan.Free);
        var told = await hub.RefusedAsync(space, token, Answers.TooLong(hub, account, "an access token", Plan.Free), reader: account).ConfigureAwait(false);
        return new(await hub.ExamineAsync(token, space).ConfigureAwait(false), told, null);
    }

    private static async Task<Planted> CeilingAsync(PracticeHub hub, PracticeSpace space)
    {
        hub.Open.Catalogue.SetPlan(new Plan(Tiny, HalfASecond, 1, Second, 1));
        var (account, token) = hub.AddPerson(Tiny);
        var identity = IdentityId.Of(account.Id);
        await hub.InstructAsync(new GrantCredit(identity, Engine.NewId.OfCredit(), CreditKind.Credit, GpuTime.FromMinutes(10), hub.Open.LedgerNow + Window.Length, "practice", "practice")).ConfigureAwait(false);
        var expected = new Expected(
            "Ledger", $"You were counted as {account.Name}, recognised by an access token.", $"{Amounts.Of(HalfASecond)} are left: your credits hold more, but your ceiling", $"Raise your ceiling to {Amounts.Of(HalfASecond)}",
            "At once, when you raise your ceiling.");
        var told = await hub.RefusedAsync(space, token, expected, declares: 1, reader: account).ConfigureAwait(false);
        return new(await hub.ExamineAsync(token, space).ConfigureAwait(false), told, null);
    }

    private static async Task<Planted> SpaceCeilingAsync(PracticeHub hub, PracticeSpace space)
    {
        var (account, token) = hub.AddPerson();
        await hub.InstructAsync(new SetCeiling(IdentityId.Of(account.Id), space.Id, HalfASecond)).ConfigureAwait(false);
        var expected = new Expected(
            "Ledger", $"You were counted as {account.Name}, recognised by an access token.", $"are left of the {Amounts.Of(HalfASecond)} that you allowed yourself at {space.Id}", $"Raise your ceiling to {Amounts.Of(Second)}",
            "At once, when you raise your ceiling.");
        var told = await hub.RefusedAsync(space, token, expected, declares: 1, reader: account).ConfigureAwait(false);
        return new(await hub.ExamineAsync(token, space).ConfigureAwait(false), told, null);
    }

    private static async Task<Planted> SharedAsync(PracticeHub hub, PracticeSpace space)
    {
        var address = hub.NextAddress();
        for (var person = 0; person < 5; person++)
        {
            using var visitor = hub.Browser(address);
            await visitor.GoOnUnknownAsync(space).ConfigureAwait(false);
            await visitor.RunAsync(space).ConfigureAwait(false);
        }

        using var last = hub.Browser(address);
        return new(await last.ExamineAsync(space).ConfigureAwait(false), await last.RefusedAsync(space, Answers.Unknown(hub, address)).ConfigureAwait(false), null);
    }
}
