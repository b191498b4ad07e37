using Stint.Bench.Ledgers;
using Stint.Bench.Overview;

switch (args)
{
    case []: return await OverviewBench.RunAsync([]);
    case ["ledger", .. var rest]: return await LedgerBench.RunAsync(rest);
    case ["overview", .. var rest]: return await OverviewBench.RunAsync(rest);
    default:
        Console.Error.WriteLine("usage: bench/run [overview | ledger] [SECONDS A ROUND]");
        return 2;
}
