using Stint.Prove.Simulation;
using Xunit;
using Xunit.Abstractions;

namespace Stint.Tests.Simulation;

/// <summary>A fixed tenth of what <c>./stint prove sim</c> runs, which also replays a seed that fails here.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 200;
    private const int Commands = 10_000;

    /// <summary>What has to be met at least once: a simulation that never meets a rule proves nothing of it.</summary>
    private static readonly string[] Rules =
    [
        "GpuTimeReserved", "LeaseGranted", "WorkerAllowed", "DowntimeForgiven", "ReservationEnded", "PlanObserved", "RequestRefused",
        "SlotJoined", "SlotLeft", "SlotFreed", "SlotQuarantined", "WarmWorkerGone",
        "Completed", "Failed", "WorkerDied", "Cancelled", "Overrun", "OutOfFunds", "NotAllowed", "NotUsed", "HubFault",
        "visitor-left", "no-gpu-in-time", "quota-exceeded", "hub-restarted",
        "MoreHeld", "CourtesyGiven", "CreditGranted", "CreditWithdrawn", "CeilingSet", "ChargeRefunded", "device-cap", "anonymous-cap", "space-ceiling",
        "AlreadyDone", "AlreadyDoneWithOtherContent", "AmountInvalid", "ExpiryInvalid", "TooMany", "CreditUnknown", "ReceiptUnknown", "NothingCharged",
        "CeilingReached", "SpaceCeilingReached", "DeviceCapReached", "AnonymousCapReached",
        "DurationNeverAllowed", "SizeNotInPool", "TokenUsedUp", "QuotaExceeded", "NoGpuInTime", "TokenExpired",
    ];

    [Fact]
    [Trait("Behaviour", "B25"), Trait("Behaviour", "B63"), Trait("Behaviour", "B64")]
    public void Simulation_OfManySeeds_IsWhatThePredictorSaysAndMeetsEveryRule()
    {
        var campaign = new Campaign(from: 1, Seeds, Commands);
        campaign.Run(Environment.ProcessorCount);
        if (campaign.Failure is { } failure) Assert.Fail(failure.Message);
        foreach (var line in campaign.Summary()) output.WriteLine(line);
        Assert.All(Rules, rule => Assert.Contains(rule, campaign.Seen.Keys));
    }

    [Fact]
    public void Simulation_OfOneSeed_IsTheSameEveryTime()
    {
        Assert.Equal(new SimulationRun(7).Go(200), new SimulationRun(7).Go(200));
        Assert.NotEqual(new SimulationRun(7).Go(200), new SimulationRun(8).Go(200));
    }
}
