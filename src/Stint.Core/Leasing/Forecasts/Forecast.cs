using Stint.Core.Quota;

namespace Stint.Core.Leasing.Forecasts;

/// <summary>
/// When what waits would start if nothing else came: imagined <see cref="Paths"/> times, each run as long as its like, in an
/// order that is the same for all. Always the same for the same picture. O(tickets × (slots × paths + log tickets)).
/// </summary>
public sealed class Forecast
{
    public const int Paths = RunSpread.Levels;

    /// <summary>Imagined starts altogether; where more wait, fewer courses are imagined.</summary>
    private const int MostStarts = 60_000;

    private readonly Dictionary<ReservationId, Turn> turns = [];

    private Forecast(IReadOnlyList<Reservation> order) => Order = order;

    /// <summary>What waits, in the order of their turns.</summary>
    public IReadOnlyList<Reservation> Order { get; }

    /// <summary>Null for what is not in the picture.</summary>
    public Turn? Of(ReservationId ticket) => turns.GetValueOrDefault(ticket);

    /// <param name="until">Nothing behind this one is asked for; null for all.</param>
    public static Forecast Of(PoolPicture picture, ReservationId? until = null)
    {
        var forecast = new Forecast(VirtualTurns.Of(picture, until));
        var paths = Math.Clamp(MostStarts / Math.Max(1, forecast.Order.Count), 4, Paths);
        var starts = new double[forecast.Order.Count][];
        var spreads = new RunSpread[forecast.Order.Count];
        for (var i = 0; i < starts.Length; i++) (starts[i], spreads[i]) = (new double[paths], new RunSpread(forecast.Order[i]));
        var seeds = forecast.Order.Select(ticket => Seed(ticket.Id)).ToArray();
        var slots = new SlotTimes(picture);
        for (var path = 0; path < paths; path++)
        {
            slots.Begin(run => new RunSpread(run).LeftAt(Level(Seed(run.Id), path), (picture.At - run.Lease!.MeterStartsAt).TotalMilliseconds));
            for (var i = 0; i < starts.Length; i++)
                starts[i][path] = slots.Take(forecast.Order[i], spreads[i].At(Level(seeds[i], path))) ?? double.PositiveInfinity;
        }

        for (var i = 0; i < starts.Length; i++)
        {
            Array.Sort(starts[i]);
            forecast.turns[forecast.Order[i].Id] = new(i + 1, starts[i]);
        }

        return forecast;
    }

    /// <summary>Each run goes through all its lengths, each in an order of its own, so that few courses say much.</summary>
    private static int Level(uint seed, int path) => (int)(((seed >> 8) + ((seed | 1) * path)) % RunSpread.Levels);

    private static uint Seed(ReservationId id)
    {
        var hash = 2_166_136_261;
        foreach (var c in id.Value) hash = unchecked((hash ^ c) * 16_777_619);
        return hash;
    }
}

/// <summary>One ticket's part of a forecast.</summary>
/// <param name="Place">1 for who is next.</param>
/// <param name="Starts">Imagined waits from now in milliseconds, shortest first; infinite where nothing serves it.</param>
public sealed record Turn(int Place, IReadOnlyList<double> Starts)
{
    /// <summary>As likely to be passed as not, were nobody else to come; null where nothing serves it.</summary>
    public TimeSpan? Middle => double.IsFinite(Starts[Starts.Count / 2]) ? TimeSpan.FromMilliseconds(Starts[Starts.Count / 2]) : null;
}
