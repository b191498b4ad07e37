using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Core.Leasing.Forecasts;

/// <summary>A task that might come at this moment: when it would start is told by the same forecast as of tickets that are there.</summary>
/// <param name="Floor">What it would be sure of.</param>
/// <param name="Expected">What it is thought to take.</param>
/// <param name="SpaceConcurrency">How many leases its Space may hold at once; null where it has no limit of its own.</param>
public sealed record Newcomer(
    IdentityId Identity, FunctionKey Function, Weight Weight, GpuTime Floor, GpuTime Expected, GpuTime Ceiling, int Priority, int? SpaceConcurrency = null)
{
    /// <summary>Behind every other of the same key and moment.</summary>
    private static readonly ReservationId Last = new("~");

    /// <summary>How long it would wait, as likely to be passed as not.</summary>
    /// <param name="before">Its identity's standing without it.</param>
    /// <returns>Null where no slot ever serves it, or more waits than the picture shows.</returns>
    public TimeSpan? WaitIn(PoolPicture picture, Standing before)
    {
        if (picture.Unseen > 0) return null;
        var standings = new Dictionary<IdentityId, Standing>(picture.Standings) { [Identity] = before with { Outstanding = before.Outstanding + Expected } };
        var crowded = picture with { Waiting = [.. picture.Waiting, TicketAt(picture.At)], Standings = standings };
        return Forecast.Of(crowded, Last).Of(Last)?.Middle;
    }

    private Reservation TicketAt(Instant now) => new()
    {
        Id = Last,
        Identity = Identity,
        Function = Function,
        TaskId = 0,
        Weight = Weight,
        Floor = Floor,
        Ceiling = Ceiling,
        Expected = Expected,
        Event = "",
        Priority = Priority,
        RefusalId = new(""),
        SpaceConcurrency = SpaceConcurrency,
        ReservedAt = now,
        ArrivedAt = now,
        WaitUntil = now,
    };
}
