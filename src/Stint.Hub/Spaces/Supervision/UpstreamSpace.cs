using Stint.Core.Spaces;

namespace Stint.Hub.Spaces.Supervision;

/// <summary>A Space somebody else runs: asked every 10 s whether it answers.</summary>
internal sealed class UpstreamSpace(Uri upstream, Func<Uri, CancellationToken, Task<bool>> answers, TimeProvider time) : ISpaceWatch
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource stopping = new();
    private Task loop = Task.CompletedTask;
    private bool ending;
    private volatile SpaceHealth health = SpaceHealth.Starting(time.GetUtcNow(), upstream);

    public SpaceHealth Health => health;

    /// <summary>Whether it sleeps is not the hub's to say.</summary>
    public void Wake() { }

    public void Start(Task before) => loop = RunAsync(before);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref ending, true)) return;
        await stopping.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        stopping.Dispose();
    }

    private async Task RunAsync(Task before)
    {
        await before.ConfigureAwait(false);
        while (!stopping.IsCancellationRequested)
        {
            var (stage, problem) = await answers(upstream, stopping.Token).ConfigureAwait(false)
                ? (SpaceStage.Running, null)
                : (SpaceStage.RuntimeError, $"{upstream.GetLeftPart(UriPartial.Authority)} does not answer; start it there, or correct --upstream");
            if (stage != health.Stage) health = health with { Stage = stage, Since = time.GetUtcNow(), Problem = problem };
            await Task.Delay(Every, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        health = health with { Stage = SpaceStage.Stopped, Since = time.GetUtcNow(), Address = null, Problem = null };
    }
}
