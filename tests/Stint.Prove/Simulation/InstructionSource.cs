using Stint.Core.Identities;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Core.Spaces;
using Stint.Prove.Simulation.Predicting;

namespace Stint.Prove.Simulation;

/// <summary>Invents what administrators and people ask of ledgers: small credits that end soon, low ceilings, refunds, and much of it twice or wrong.</summary>
internal sealed class InstructionSource(Random random, IReadOnlyList<SpaceId> spaces, Func<Predictor> current)
{
    /// <summary>Who pays for others at the Space that has a sponsor.</summary>
    public static readonly IdentityId Sponsor = IdentityId.OfSponsor("pool");

    private readonly List<GrantCredit> granted = [];

    /// <summary>Many that last long: more than one may have.</summary>
    private readonly bool isGenerous = random.Next(30) == 0;
    private int number;

    /// <param name="now">About the moment at which it will be decided.</param>
    public Instruction Next(IReadOnlyDictionary<IdentityId, Plan> plans, Instant now)
    {
        number++;
        var identity = OneIn(4) ? Sponsor : Pick([.. plans.Keys]);
        return random.Next(isGenerous ? 30 : 10) switch
        {
            0 or 1 => Ceiling(identity),
            2 => Withdraw(identity),
            3 or 4 when current().LatelyEnded is { Count: > 0 } ended => Refund(identity, ended),
            _ => Grant(identity, now),
        };
    }

    private GrantCredit Grant(IdentityId identity, Instant now)
    {
        if (granted.Count > 0 && OneIn(6)) return Again(Pick(granted));
        var amount = random.Next(30) switch { 0 => 0, 1 => 40L * 86_400_000, < 5 => 1_000, _ => random.Next(1, 40_000) };
        var lasts = random.Next(24) switch
        {
            0 => TimeSpan.FromDays(366) + TimeSpan.FromMilliseconds(1),
            1 => TimeSpan.FromDays(366),
            2 => TimeSpan.FromMilliseconds(-random.Next(2)),
            < 8 => TimeSpan.FromMilliseconds(random.Next(60_000)),
            _ => TimeSpan.FromMinutes(random.Next(3_000)),
        };
        var grant = new GrantCredit(
            identity, new("c" + number), OneIn(2) ? CreditKind.Boost : CreditKind.Credit, new(amount), now + (isGenerous && OneIn(2) ? TimeSpan.FromDays(300) : lasts), "because", "root");
        granted.Add(grant);
        return grant;
    }

    private GrantCredit Again(GrantCredit before) => random.Next(4) switch
    {
        0 => before with { Amount = before.Amount + new GpuTime(1) },
        1 => before with { Approver = "another" },
        _ => before,
    };

    private WithdrawCredit Withdraw(IdentityId identity) =>
        granted.Count > 0 && Pick(granted) is var grant && !OneIn(6) ? new(grant.Identity, grant.Id, "enough", "root") : new(identity, new("nothing"), "enough", "root");

    private SetCeiling Ceiling(IdentityId identity)
    {
        GpuTime? limit = random.Next(16) switch { < 6 => null, 6 => GpuTime.Zero, 7 => new(40L * 86_400_000), 8 => new(10_000), _ => new(random.Next(300_000)) };
        if (OneIn(2)) return new(identity, null, limit);
        return new(identity, isGenerous ? new SpaceId("far", "s" + random.Next(250)) : Pick(spaces), limit);
    }

    private RefundCharge Refund(IdentityId identity, IReadOnlyList<PlainTask> ended)
    {
        var task = Pick(ended);
        return new(OneIn(10) ? identity : task.Asked.Identity, OneIn(20) ? new("nobody") : task.Asked.Id, "gpu-error", OneIn(2) ? "root" : "hub");
    }

    private bool OneIn(int n) => random.Next(n) == 0;

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
