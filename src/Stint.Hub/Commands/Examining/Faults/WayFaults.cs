using Stint.Core.Plans;
using Stint.Hub.Commands.Examining.Practice;
using Stint.Hub.Doctor;

namespace Stint.Hub.Commands.Examining.Faults;

/// <summary>What goes wrong between a caller and the hub.</summary>
internal static class WayFaults
{
    public static IEnumerable<Fault> Of(PracticeSpace space) =>
    [
        new("a hop that takes the Authorization header away", "token-dropped-on-the-way", hub => DroppedAsync(hub, space)),
        new("a proxy that nobody told the hub of", "proxy-not-trusted", hub => ThroughAsync(hub, HopFlaw.NamesItsClient, (client, address) => hub.ExamineAsync(hub.AddPerson().Token, null, client, address))),
        new("the hub opened under another name", "other-address", hub => OtherNameAsync(hub)),
        new("a hop that keeps answers", "numbers-differ", hub => KeptAsync(hub, space)),
        new("a caller's clock an hour ahead", "caller-clock-off", hub => hub.ExamineAsync(hub.AddPerson().Token, space, clockOff: TimeSpan.FromHours(1))),
        new("a Space's port that is shut", "space-address-unreachable", hub => ShutAsync(hub, space)),
    ];

    /// <summary>Only the Space's address is behind the hop; the hub is reached straight.</summary>
    private static async Task<DoctorAnswer> DroppedAsync(PracticeHub hub, PracticeSpace space)
    {
        await using var hop = await Hop.StartAsync(HopFlaw.DropsAuthorization, space.Address).ConfigureAwait(false);
        using var client = PracticeVisitor.Program(hub.NextAddress(), ports: (space.Address.Port, hop.Port));
        return await hub.ExamineAsync(hub.AddPerson().Token, space, client).ConfigureAwait(false);
    }

    private static async Task<DoctorAnswer> ThroughAsync(PracticeHub hub, HopFlaw flaw, Func<HttpClient, Uri, Task<DoctorAnswer>> examine)
    {
        await using var hop = await Hop.StartAsync(flaw, hub.Url).ConfigureAwait(false);
        using var client = PracticeVisitor.Program(hub.NextAddress(), ports: (hub.Url.Port, hop.Port));
        return await examine(client, hub.Url).ConfigureAwait(false);
    }

    private static async Task<DoctorAnswer> OtherNameAsync(PracticeHub hub)
    {
        using var client = PracticeVisitor.Program(hub.NextAddress());
        return await hub.ExamineAsync(hub.AddPerson().Token, null, client, new Uri($"http://localhost:{hub.Url.Port}")).ConfigureAwait(false);
    }

    /// <summary>The hop hears what is left, then a run is charged, then the hop says it again.</summary>
    private static Task<DoctorAnswer> KeptAsync(PracticeHub hub, PracticeSpace space) => ThroughAsync(hub, HopFlaw.KeepsAnswers, async (client, address) =>
    {
        var token = hub.AddPerson(Plan.Pro).Token;
        await hub.ExamineAsync(token, null, client, address).ConfigureAwait(false);
        space.Works = TimeSpan.FromMilliseconds(1500);
        try
        {
            await PracticeRun.RunAsync(hub.Client, space.Address, token).ConfigureAwait(false);
        }
        finally
        {
            space.Works = TimeSpan.Zero;
        }

        return await hub.ExamineAsync(token, null, client, address).ConfigureAwait(false);
    });

    private static async Task<DoctorAnswer> ShutAsync(PracticeHub hub, PracticeSpace space)
    {
        // Nothing listens on port 9 of this machine.
        using var client = PracticeVisitor.Program(hub.NextAddress(), ports: (space.Address.Port, 9));
        return await hub.ExamineAsync(hub.AddPerson().Token, space, client).ConfigureAwait(false);
    }
}
