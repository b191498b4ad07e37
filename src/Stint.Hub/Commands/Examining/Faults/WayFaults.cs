using System.Net;
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
        new("a proxy that nobody told the hub of", "proxy-not-trusted", hub => ForwardedAsync(hub, space)),
        new("the hub opened under another name", "other-address", hub => Planted.WithoutRefusalAsync(OtherNameAsync(hub), "a call goes to the Space's own address, which is the same one under either name of the hub")),
        new("a hop that keeps answers", "numbers-differ", hub => Planted.WithoutRefusalAsync(KeptAsync(hub, space), "the gate reads its own number, whatever somebody was shown")),
        new("a caller's clock an hour ahead", "caller-clock-off", hub => Planted.WithoutRefusalAsync(hub.ExamineAsync(hub.AddPerson().Token, space, clockOff: TimeSpan.FromHours(1)), "the hub counts by its own clock")),
        new("a Space's port that is shut", "space-address-unreachable", hub => Planted.WithoutRefusalAsync(ShutAsync(hub, space), "nothing answers there, so no call reaches the hub")),
    ];

    /// <summary>Only the Space's address is behind the hop; the hub is reached straight.</summary>
    private static async Task<Planted> DroppedAsync(PracticeHub hub, PracticeSpace space)
    {
        await using var hop = await Hop.StartAsync(HopFlaw.DropsAuthorization, space.Address).ConfigureAwait(false);
        using var client = PracticeVisitor.Program(hub.NextAddress(), ports: (space.Address.Port, hop.Port));
        var token = hub.AddPerson().Token;
        return new(
            await hub.ExamineAsync(token, space, client).ConfigureAwait(false),
            await hub.RefusedAsync(space, token, Answers.Unknown(hub, IPAddress.Loopback), client).ConfigureAwait(false), null);
    }

    /// <summary>Whoever is not signed in is counted as the proxy's own address, together with all who come through it.</summary>
    private static async Task<Planted> ForwardedAsync(PracticeHub hub, PracticeSpace space)
    {
        var answer = await ThroughAsync(hub, HopFlaw.NamesItsClient, (client, address) => hub.ExamineAsync(hub.AddPerson().Token, null, client, address)).ConfigureAwait(false);
        await using var hop = await Hop.StartAsync(HopFlaw.NamesItsClient, space.Address).ConfigureAwait(false);
        using var visitor = PracticeVisitor.Program(hub.NextAddress(), ports: (space.Address.Port, hop.Port));
        return new(answer, await hub.RefusedAsync(space, null, Answers.Unknown(hub, IPAddress.Loopback), visitor).ConfigureAwait(false), null);
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
