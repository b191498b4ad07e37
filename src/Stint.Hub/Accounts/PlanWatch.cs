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

    private readonly HashSet<AccountId> again = [];
    private Dictionary<string, Plan> plans = [];
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
        if (current == version && again.Count == 0) return [];
        var (since, before) = (version, plans);
        (version, plans) = (current, catalogue.Plans().ToDictionary(plan => plan.Name, StringComparer.Ordinal));
        // At the start there is nothing to compare with, and each request brings its plan along anyway.
        if (since < 0) return [];
        var edited = plans.Values.Where(plan => before.TryGetValue(plan.Name, out var known) && known != plan).Select(plan => plan.Name).ToList();
        var changed = catalogue.PlanChanges(since, edited)
            .Select(change => (change.Account, plans.GetValueOrDefault(change.Plan) ?? catalogue.PlanOf(IdentityId.Of(change.Account)))).ToList();
        foreach (var account in again) changed.Add((account, catalogue.PlanOf(IdentityId.Of(account))));
        again.Clear();
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
            again.Add(account);
        }
    }
}
