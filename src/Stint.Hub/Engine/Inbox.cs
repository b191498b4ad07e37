namespace Stint.Hub.Engine;

/// <summary>
/// What waits for the engine's thread, bounded and in order of arrival. That thread sleeps here until something comes or a
/// moment is due, and takes all there is at once.
/// </summary>
/// <param name="capacity">Past so many nothing more is taken in.</param>
internal sealed class Inbox<T>(int capacity)
{
    private readonly object gate = new();
    private readonly Queue<T> waiting = new();
    private bool isClosed;

    /// <summary>False where it is full, or closed: nothing happened.</summary>
    public bool TryPut(T item)
    {
        lock (gate)
        {
            if (isClosed || waiting.Count >= capacity) return false;
            waiting.Enqueue(item);
            // The only one who ever sleeps here sleeps only while nothing waits.
            if (waiting.Count == 1) Monitor.Pulse(gate);
            return true;
        }
    }

    /// <summary>For the engine's thread alone: moves what waits into <paramref name="batch"/>, which stays empty where the time is over first.</summary>
    /// <param name="most">What is more than that stays for the next call.</param>
    /// <param name="within">Null to wait for as long as it takes.</param>
    /// <returns>False once it is closed, whatever still waits.</returns>
    public bool Take(List<T> batch, int most, TimeSpan? within)
    {
        lock (gate)
        {
            // Whoever is woken early finds nothing due and comes again.
            if (waiting.Count == 0 && !isClosed && within is not { Ticks: <= 0 }) Monitor.Wait(gate, within ?? Timeout.InfiniteTimeSpan);
            if (isClosed) return false;
            while (batch.Count < most && waiting.TryDequeue(out var item)) batch.Add(item);
            return true;
        }
    }

    /// <summary>From here on nothing is taken in.</summary>
    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>What was still there when it was closed.</summary>
    public IReadOnlyList<T> Rest()
    {
        lock (gate)
        {
            T[] rest = [.. waiting];
            waiting.Clear();
            return rest;
        }
    }
}
