using System.Collections.Concurrent;

namespace Stint.Samples.Mandelbrot.Gradio;

/// <summary>All open sessions, by hash; at most a thousand.</summary>
internal sealed class SessionTable
{
    private const int Most = 1000;

    private readonly ConcurrentDictionary<string, VisitorSession> _sessions = new(StringComparer.Ordinal);

    public VisitorSession? Find(string hash) => _sessions.GetValueOrDefault(hash);

    /// <summary>
    /// Adds an event to the session of this hash, which is opened if need be. Without a hash the event gets a session of
    /// its own, named by the event's id, as <c>/call</c> needs it. Null when there are too many sessions.
    /// </summary>
    public (VisitorSession Session, GradioEvent Added)? Add(string? hash, EventRequest request)
    {
        DropStale();
        var id = Guid.NewGuid().ToString("N");
        while (true)
        {
            if (!_sessions.TryGetValue(hash ?? id, out var session))
            {
                if (_sessions.Count >= Most)
                {
                    return null;
                }

                session = _sessions.GetOrAdd(hash ?? id, static one => new VisitorSession(one));
            }

            var added = new GradioEvent(id, session, request);
            if (session.TryAdd(added))
            {
                return (session, added);
            }

            Remove(session);
        }
    }

    /// <summary>This very session, never a newer one of the same hash.</summary>
    public void Remove(VisitorSession session) => _sessions.TryRemove(KeyValuePair.Create(session.Hash, session));

    public void AbandonAll()
    {
        foreach (var session in _sessions.Values)
        {
            session.Abandon();
        }
    }

    private void DropStale()
    {
        foreach (var session in _sessions.Values.Where(one => one.IsStale))
        {
            Remove(session);
            session.Abandon();
        }
    }
}
