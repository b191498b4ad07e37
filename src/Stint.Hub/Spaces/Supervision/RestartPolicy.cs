namespace Stint.Hub.Spaces.Supervision;

/// <summary>
/// When a Space that crashed is started again: after 1 s, then twice as long each time, at most 60 s; from the beginning once
/// it was healthy for 60 s. Five crashes in ten minutes are a loop: it is retried every 60 s and shown as broken meanwhile.
/// </summary>
/// <param name="jitter">0 up to 1, anew at each call: it keeps Spaces that fell together from starting together.</param>
internal sealed class RestartPolicy(Func<double> jitter)
{
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan Healthy = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan LoopWindow = TimeSpan.FromMinutes(10);
    public const int LoopCrashes = 5;

    private readonly Queue<TimeSpan> crashes = new();
    private int inARow;

    /// <summary>True from the crash that made it a loop until it was healthy for long enough.</summary>
    public bool IsLooping { get; private set; }

    /// <summary>How long to wait after a crash.</summary>
    /// <param name="now">On any clock that only moves forward.</param>
    /// <param name="answeredFor">How long it answered requests before it crashed.</param>
    public TimeSpan Crashed(TimeSpan now, TimeSpan answeredFor)
    {
        if (answeredFor >= Healthy)
        {
            (inARow, IsLooping) = (0, false);
            crashes.Clear();
        }

        crashes.Enqueue(now);
        while (crashes.Count > LoopCrashes || now - crashes.Peek() > LoopWindow) crashes.Dequeue();
        if (crashes.Count == LoopCrashes) IsLooping = true;
        if (IsLooping) return Longest;
        var wait = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(inARow++, 6)) * (1 + 0.2 * jitter()));
        return wait < Longest ? wait : Longest;
    }
}
