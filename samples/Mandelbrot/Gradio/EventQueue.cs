using Stint.Samples.Mandelbrot.Files;
using Stint.Samples.Mandelbrot.Gpu;

namespace Stint.Samples.Mandelbrot.Gradio;

/// <summary>
/// Gradio's own queue: a bounded line, and a bounded number of events at work. With a leased GPU nearly all wait
/// inside, in the platform's queue, which alone is fair between apps; on a CPU of one's own two at a time are enough.
/// </summary>
internal sealed class EventQueue(GpuWork work, FileShelf shelf, ILogger<EventQueue> log, int mostAtWork)
{
    public const int MostWaiting = 100;

    private readonly Lock _gate = new();
    private readonly List<GradioEvent> _waiting = [];
    private readonly HashSet<Task> _atWork = [];
    private bool _stopped;

    /// <summary>False when the queue is full.</summary>
    public bool TryJoin(GradioEvent joined)
    {
        lock (_gate)
        {
            _waiting.RemoveAll(IsGone);
            if (_stopped || _waiting.Count >= MostWaiting)
            {
                return false;
            }

            _waiting.Add(joined);
            joined.Tell(Messages.Estimation(joined.Id, _waiting.Count - 1, _waiting.Count));
        }

        StartNext();
        return true;
    }

    /// <summary>Takes no more events and waits for those at work, whose sessions have been abandoned, to release what they hold.</summary>
    public async Task Stop(TimeSpan longest)
    {
        Task[] left;
        lock (_gate)
        {
            _stopped = true;
            left = [.. _atWork];
        }

        await Task.WhenAny(Task.WhenAll(left), Task.Delay(longest));
    }

    private void StartNext()
    {
        lock (_gate)
        {
            _waiting.RemoveAll(IsGone);
            var free = Math.Min(mostAtWork - _atWork.Count, _waiting.Count);
            foreach (var next in _waiting[..free])
            {
                Start(next);
            }

            _waiting.RemoveRange(0, free);
            for (var rank = 0; free > 0 && rank < _waiting.Count; rank++)
            {
                _waiting[rank].Tell(Messages.Estimation(_waiting[rank].Id, rank, _waiting.Count));
            }
        }
    }

    private void Start(GradioEvent started)
    {
        var run = Task.Run(() => new EventRun(started, shelf, log).Run(work));
        _atWork.Add(run);
        _ = run.ContinueWith(Ended, TaskScheduler.Default);
    }

    private void Ended(Task run)
    {
        lock (_gate)
        {
            _atWork.Remove(run);
        }

        StartNext();
    }

    private static bool IsGone(GradioEvent one) => one.Gone.IsCancellationRequested;
}
