using System.Diagnostics.CodeAnalysis;
using Stint.Samples.Mandelbrot.Gpu;
using Stint.Samples.Mandelbrot.Picture;

namespace Stint.Samples.Mandelbrot.Gradio;

/// <summary>What a visitor asked for, with what was read from the request that asked.</summary>
/// <param name="Lease">What to ask the platform for.</param>
/// <param name="Order">Reads the inputs; called when the event runs, because a bad input is the event's failure and not the join's.</param>
/// <param name="Root">The public address at that moment, for the links to the pictures.</param>
/// <param name="Simple">Asked through <c>/call</c>, where streamed frames come whole and not as differences.</param>
internal sealed record EventRequest(LeaseRequest Lease, Func<PictureOrder> Order, string Root, bool Simple);

/// <summary>One call of a function, from the queue to its completion. It completes exactly once: with its result, or by a cancel.</summary>
[SuppressMessage(
    "Design", "CA1001", Justification = "The source has no timer and no handle, and a cancel may come at any time, also after the end.")]
internal sealed class GradioEvent(string id, VisitorSession session, EventRequest request)
{
    private readonly CancellationTokenSource _gone = new();
    private int _completed;

    public string Id => id;

    public EventRequest Request => request;

    /// <summary>Cancelled when the visitor left or cancelled.</summary>
    public CancellationToken Gone => _gone.Token;

    public void Tell(Message message)
    {
        if (Volatile.Read(ref _completed) == 0)
        {
            session.Send(message);
        }
    }

    public void Complete(Message last)
    {
        if (Interlocked.Exchange(ref _completed, 1) == 0)
        {
            session.Send(last);
        }
    }

    public void Cancel()
    {
        Complete(Messages.Cancelled(Id));
        _gone.Cancel();
    }
}
