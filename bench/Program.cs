using Stint.Bench.Decisions;
using Stint.Bench.Gateway;
using Stint.Bench.Latency;
using Stint.Bench.Ledgers;
using Stint.Bench.Overview;

switch (args)
{
    case []: return await OverviewBench.RunAsync([]);
    case ["ledger", .. var rest]: return await LedgerBench.RunAsync(rest);
    case ["overview", .. var rest]: return await OverviewBench.RunAsync(rest);
    case ["latency", .. var rest]: return await LatencyBench.RunAsync(rest);
    case ["decide"]: return DecisionBench.Run();
    case ["gateway", .. var rest]: return await GatewayBench.RunAsync(rest);
    case [Role.Argument, .. var role]: return await Role.PlayAsync(role);
    default:
        Console.Error.WriteLine("usage: bench/run [overview | ledger | latency | gateway] [SECONDS A ROUND], or: bench/run decide");
        return 2;
}
