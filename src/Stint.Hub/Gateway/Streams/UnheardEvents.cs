using Stint.Core.Spaces;
using Stint.Hub.Gateway.Hosts;
using Stint.Hub.Tokens;

namespace Stint.Hub.Gateway.Streams;

/// <summary>
/// Events put into a Space's queue whose session nobody follows: clients open its stream as soon as they hear the event's name,
/// so whoever does not within <see cref="Longest"/> has left in between. A connection of the visitor's own that has closed
/// says so sooner. An event that was begun by name alone may be asked for at any time, and is never here.
/// </summary>
internal sealed class UnheardEvents(TimeProvider time)
{
    /// <summary>From the answer to a join until the stream's request is here: a slow network's round trips, and a new connection's.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>The same where the connection that the join came by is closed: some clients open one for each request, at once.</summary>
    public static readonly TimeSpan AfterClosing = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<(SpaceId, string), int> followed = [];
    private readonly Dictionary<(SpaceId, string), List<Waiting>> waiting = [];

    /// <summary>A session's stream is asked for.</summary>
    public void Follow(SpaceId space, string session)
    {
        lock (gate)
        {
            followed[(space, session)] = followed.GetValueOrDefault((space, session)) + 1;
            waiting.Remove((space, session));
        }
    }

    /// <summary>A stream of a session has ended. Its events that go on are to be expected again.</summary>
    public void Unfollow(SpaceId space, string session)
    {
        lock (gate)
            if (followed.TryGetValue((space, session), out var streams) && streams > 1) followed[(space, session)] = streams - 1;
            else followed.Remove((space, session));
    }

    /// <summary>Somebody has to follow an event from here on, unless somebody does already.</summary>
    /// <param name="closed">Ends with the connection it was begun by; none where a proxy stands between.</param>
    public void Expect(LiveEvent live, SpaceHost host, CancellationToken closed)
    {
        if (live.Session is not { } session) return;
        lock (gate)
        {
            if (followed.ContainsKey((live.Space, session))) return;
            if (!waiting.TryGetValue((live.Space, session), out var here)) waiting[(live.Space, session)] = here = [];
            here.Add(new Waiting(live, host, time.GetTimestamp(), closed));
        }
    }

    /// <summary>Those for which nobody came in time; each is returned once.</summary>
    public IReadOnlyList<(LiveEvent Event, SpaceHost Host)> Due()
    {
        List<(LiveEvent, SpaceHost)> due = [];
        lock (gate)
            foreach (var (session, here) in waiting)
            {
                here.RemoveAll(one =>
                {
                    if (!IsDue(one)) return false;
                    due.Add((one.Event, one.Host));
                    return true;
                });
                if (here.Count == 0) waiting.Remove(session);
            }

        return due;
    }

    private bool IsDue(Waiting one)
    {
        if (one.Closed.IsCancellationRequested) one.ClosedAt ??= time.GetTimestamp();
        return time.GetElapsedTime(one.BeganAt) >= Longest || (one.ClosedAt is { } closed && time.GetElapsedTime(closed) >= AfterClosing);
    }

    private sealed class Waiting(LiveEvent live, SpaceHost host, long beganAt, CancellationToken closed)
    {
        public LiveEvent Event { get; } = live;
        public SpaceHost Host { get; } = host;
        public long BeganAt { get; } = beganAt;
        public CancellationToken Closed { get; } = closed;
        public long? ClosedAt { get; set; }
    }
}

/// <summary>Looks for events that nobody came for, and has them left.</summary>
internal sealed class UnheardWatch(UnheardEvents unheard, EventWatch watch, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            foreach (var (live, host) in unheard.Due())
                await watch.LeaveAsync(live, host).ConfigureAwait(false);
    }
}
