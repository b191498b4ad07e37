using Stint.Core.Leasing;
using Stint.Hub.Engine;

namespace Stint.Hub.Nodes;

/// <summary>The way from a machine to the hub where both are one process.</summary>
public sealed class EngineLink(LedgerEngine engine) : IHubLink, IDisposable
{
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromMilliseconds(200);
    private readonly CancellationTokenSource closing = new();

    /// <summary>Until the engine has it: a report that is lost would keep a slot from everyone.</summary>
    public void Tell(Command seen) => _ = Task.Run(async () =>
    {
        while (!closing.IsCancellationRequested)
            try
            {
                await engine.SendAsync<Done>(seen).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is EngineBusyException or StoreFailedException)
            {
                await Task.Delay(TryAgainAfter, closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
    });

    public void Dispose()
    {
        if (!closing.IsCancellationRequested) closing.Cancel();
    }
}
