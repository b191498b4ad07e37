using System.Threading.Channels;

namespace Stint.Samples.Mandelbrot.Gradio;

/// <summary>
/// The events of one <c>session_hash</c> and the messages for its stream. Open until the completion of its last
/// event has been read, until its reader leaves, or until nobody came to read for ten minutes.
/// </summary>
internal sealed class VisitorSession(string hash)
{
    private const int MostMessages = 2000;
    private static readonly TimeSpan UnreadFor = TimeSpan.FromMinutes(10);

    private readonly Channel<Message> _messages =
        Channel.CreateBounded<Message>(new BoundedChannelOptions(MostMessages) { SingleReader = true });

    private readonly Lock _gate = new();
    private readonly Dictionary<string, GradioEvent> _unfinished = new(StringComparer.Ordinal);
    private readonly long _openedAt = Environment.TickCount64;
    private bool _isRead;
    private bool _isClosed;

    public string Hash => hash;

    public ChannelReader<Message> Messages => _messages.Reader;

    public bool IsStale
    {
        get
        {
            lock (_gate)
            {
                return !_isRead && Environment.TickCount64 - _openedAt > UnreadFor.TotalMilliseconds;
            }
        }
    }

    /// <summary>False when the session has just closed; then the event belongs in a new one.</summary>
    public bool TryAdd(GradioEvent added)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            _unfinished.Add(added.Id, added);
            return true;
        }
    }

    public GradioEvent? Find(string eventId)
    {
        lock (_gate)
        {
            return _unfinished.GetValueOrDefault(eventId);
        }
    }

    /// <summary>One reader only: two would each get half of the messages.</summary>
    public bool TryBeginReading()
    {
        lock (_gate)
        {
            var free = !_isRead && !_isClosed;
            _isRead |= free;
            return free;
        }
    }

    /// <summary>The visitor knows how this event ended. True when it was the last one: then the session is closed.</summary>
    public bool Finish(string eventId)
    {
        lock (_gate)
        {
            _unfinished.Remove(eventId);
            _isClosed |= _unfinished.Count == 0;
            return _isClosed;
        }
    }

    public void Send(Message message)
    {
        if (!_messages.Writer.TryWrite(message))
        {
            // Full: a visitor who does not read. Not awaited, because this may run inside one of the events.
            ThreadPool.QueueUserWorkItem(_ => Abandon());
        }
    }

    /// <summary>The visitor has gone: ends every event.</summary>
    public void Abandon()
    {
        GradioEvent[] left;
        lock (_gate)
        {
            _isClosed = true;
            left = [.. _unfinished.Values];
        }

        _messages.Writer.TryComplete();
        foreach (var one in left)
        {
            one.Cancel();
        }
    }
}
