using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Spaces.Front;

/// <summary>
/// The stop button of a Space's page: what the visitor's account waits for or runs there ends as if they had left. What waited
/// costs nothing, what ran is charged up to that moment. A Space that lets runs end by themselves keeps them.
/// </summary>
internal sealed class StopEndpoints(Catalogue catalogue, LedgerReads reads, LedgerEngine engine, HubCookie cookie, PageForms forms)
{
    /// <summary>Behind the Space's path, after which its page says what stopping came to.</summary>
    public const string Stopped = "stopped";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/spaces/{owner}/{name}/stop", (string owner, string name, HttpContext context, StopEndpoints stop) => stop.StopAsync(owner, name, context)).ExcludeFromDescription();

    /// <summary>1 a form of this hub 2 of somebody who is signed in, for whoever shares an address is not one person 3 each of theirs that is open there.</summary>
    private async Task<IResult> StopAsync(string owner, string name, HttpContext context)
    {
        // 1
        if (await forms.ReadAsync(context).ConfigureAwait(false) is null) return Pages.Notice("Nothing was stopped", PageForms.TooOld, StatusCodes.Status400BadRequest);
        if (!SpaceId.TryParse($"{owner}/{name}", out var space)) return Pages.Notice("Nothing was stopped", "There is no such Space.", StatusCodes.Status404NotFound);
        // 2
        if (cookie.Read(context) is not { } visitor) return Results.LocalRedirect(Links.SignIn(Links.Space(space), "sign-in-needed"));
        // 3
        var drains = catalogue.FindSpace(space)?.Drains == true;
        try
        {
            foreach (var open in OpenOf(IdentityId.Of(visitor.Account.Id), space))
                await engine.SendAsync<CancelReply>(new Cancel(open, Undelivered: false, TicketOnly: drains)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreFailedException or EngineBusyException)
        {
            return Pages.Notice("Not everything was stopped", $"{Problems.HubAtFault.Detail} Go back and press it again.", StatusCodes.Status503ServiceUnavailable);
        }

        return Results.LocalRedirect($"{Links.Space(space)}?{Stopped}=1");
    }

    /// <summary>What waits goes first, so that nothing of it begins while the runs are ended.</summary>
    private List<ReservationId> OpenOf(IdentityId identity, SpaceId space)
    {
        var ledger = reads.Ledger(identity);
        return [.. ledger.Queued.Concat(ledger.Leased).Where(open => open.Function.Space == space).Select(open => open.Id)];
    }
}
