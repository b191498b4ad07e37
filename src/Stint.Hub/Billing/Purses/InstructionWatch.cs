using Stint.Core.Leasing.Instructions;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Store.Instructions;

namespace Stint.Hub.Billing.Purses;

/// <summary>
/// Brings instructions to the engine: at once what this process was given, within a second what the command line left, at the
/// start what came while no hub ran. One that is brought twice changes nothing the second time.
/// </summary>
internal sealed class InstructionWatch(InstructionBox box, Catalogue catalogue, LedgerEngine engine, LedgerClock clock) : BackgroundService
{
    private const int AtATime = 100;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim kept = new(0);
    private long version = -1;

    public override void Dispose()
    {
        base.Dispose();
        kept.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        box.Kept += Wake;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await BringAsync().ConfigureAwait(false);
                await kept.WaitAsync(LookEvery, stoppingToken).ConfigureAwait(false);
            }
        }
        finally
        {
            box.Kept -= Wake;
        }
    }

    private void Wake() => kept.Release();

    private async Task BringAsync()
    {
        var current = catalogue.Version();
        if (current == version) return;
        while (box.Undecided(AtATime) is { Count: > 0 } waiting)
            foreach (var one in waiting)
                try
                {
                    var reply = await engine.SendAsync<InstructionReply>(one.Instruction).ConfigureAwait(false);
                    box.KeepDecision(one.Id, reply.Outcome, clock.Now);
                }
                catch (Exception e) when (e is StoreFailedException or EngineBusyException)
                {
                    // Nothing happened; the next look brings it again.
                    return;
                }

        version = current;
    }
}
