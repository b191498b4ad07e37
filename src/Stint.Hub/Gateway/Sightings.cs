using System.Net;
using Stint.Core.Identities;
using Stint.Hub.Gateway.Recognising;
using Stint.Hub.Telemetry;
using Stint.Hub.Tokens;

namespace Stint.Hub.Gateway;

/// <summary>Notes what only the gateway sees of events that begin, for authors and the doctor to look at. Decides nothing.</summary>
internal sealed class Sightings(SpaceActivity activity, NetworkSightings networks, LiveEvents events)
{
    public void Note(HttpContext context, Passage passage)
    {
        var isAnonymous = passage.Attribution is { Outcome: AttributionOutcome.Anonymous };
        activity.EventBegan(passage.Host.Id, isAnonymous && IsProgramHere(context) && IsUsedElsewhere(passage));
        if (!isAnonymous) return;
        var mark = SpaceCookies.Named(context.Request.Headers.Cookie, SpaceCookies.Visitor(passage.Host));
        networks.Visited(passage.Attribution!.Identity!.Value, mark is [{ Length: > 0 and <= 64 } named] ? named : context.Request.Headers.UserAgent.ToString() is { Length: <= 200 } agent ? agent : "");
    }

    /// <summary>A program of this machine, not a browser: browsers say what kind of request they make.</summary>
    private static bool IsProgramHere(HttpContext context) =>
        !context.Request.Headers.ContainsKey("Sec-Fetch-Mode") && context.Connection.RemoteIpAddress is { } from
        && (IPAddress.IsLoopback(from) || from.Equals(context.Connection.LocalIpAddress));

    private bool IsUsedElsewhere(Passage passage) => events.IsAny(live => live.Space != passage.Host.Id && !live.Identity.IsAnonymous);
}
