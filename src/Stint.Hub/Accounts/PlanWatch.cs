using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Hub.Engine;
using Stint.Hub.Store;

namespace Stint.Hub.Accounts;

/// <summary>
/// Tells the ledger when the plan of an account changes, whoever changed it: what was raised for a moment stays promised to
/// the window it was raised in, also where nobody used a GPU in that moment.
/// </summary>
internal sealed class PlanWatch(Catalogue catalogue, LedgerEngine engine, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly Dictionary<AccountId, Plan> seen = [];
    private long version = -1;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        do
        {
            foreach (var (account, plan) in Changed()) await TellAsync(account, plan).ConfigureAwait(false);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private List<(AccountId Account, Plan Plan)> Changed()
    {
        var current = catalogue.Version();
        if (current == version) return [];
        var first = version < 0;
        version = current;
        var plans = catalogue.Plans().ToDictionary(plan => plan.Name, StringComparer.Ordinal);
        var changed = new List<(AccountId, Plan)>();
        foreach (var account in catalogue.Accounts())
        {
            var plan = plans[account.Plan];
            if (seen.TryGetValue(account.Id, out var before) && before == plan) continue;
            seen[account.Id] = plan;
            // At the start there is nothing to compare with, and each request brings its plan along anyway.
            if (!first && before is not null) changed.Add((account.Id, plan));
        }

        return changed;
    }

    private async Task TellAsync(AccountId account, Plan plan)
    {
        try
        {
            await engine.SendAsync<Done>(new ObservePlan(IdentityId.Of(account), plan)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreFailedException or EngineBusyException)
        {
            // The next request of this account brings its plan along; only a raise and a lowering between two requests would be missed.
            seen.Remove(account);
        }
    }
}
