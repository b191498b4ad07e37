using Stint.Core.Identities;

namespace Stint.Core.Quota.Purses;

/// <summary>An amount of one purse beyond an allowance: what a reservation holds of it, or what it paid.</summary>
/// <param name="Of">Whose ledger the credit stands in: the identity's own, or a sponsor's.</param>
public sealed record Share(IdentityId Of, CreditId Credit, CreditKind Kind, GpuTime Amount)
{
    /// <summary>A run that has used up what it holds takes this much more at a time, as far as it is there.</summary>
    public static readonly GpuTime Slice = GpuTime.FromSeconds(10);
}

/// <summary>What stands behind a reservation beside its identity's allowance.</summary>
/// <param name="Shares">What it holds of other purses, in the order in which they pay.</param>
/// <param name="Caps">What it holds under limits that pay nothing.</param>
/// <param name="Sponsors">Others who pay where its own purses end, in this order.</param>
public sealed record Backing(IReadOnlyList<Share> Shares, IReadOnlyList<CapHold> Caps, IReadOnlyList<IdentityId> Sponsors)
{
    private static readonly Backing Nothing = new([], [], []);

    /// <summary>Null where there is nothing of it.</summary>
    public static Backing? Of(IReadOnlyList<Share> shares, IReadOnlyList<CapHold> caps, IReadOnlyList<IdentityId> sponsors) =>
        shares.Count + caps.Count + sponsors.Count == 0 ? null : new(shares, caps, sponsors);

    public static Backing More(Backing? before, IReadOnlyList<Share> shares, IReadOnlyList<CapHold> caps)
    {
        before ??= Nothing;
        return before with
        {
            Shares = before.Shares.Plus(shares),
            Caps = [.. before.Caps.Select(hold => caps.FirstOrDefault(more => more.Cap == hold.Cap) is { } more ? hold with { Held = hold.Held + more.Held } : hold)],
        };
    }
}

/// <summary>Shares, in the order in which they pay.</summary>
public static class Shares
{
    public static GpuTime Sum(this IReadOnlyList<Share> shares)
    {
        var sum = GpuTime.Zero;
        foreach (var share in shares) sum += share.Amount;
        return sum;
    }

    /// <summary>The same with more behind them; more of the last purse is added to it.</summary>
    public static IReadOnlyList<Share> Plus(this IReadOnlyList<Share> shares, IReadOnlyList<Share> more)
    {
        var sum = shares.ToList();
        foreach (var share in more)
            if (sum.FindIndex(held => held.Of == share.Of && held.Credit == share.Credit) is >= 0 and var at) sum[at] = sum[at] with { Amount = sum[at].Amount + share.Amount };
            else sum.Add(share);
        return sum;
    }

    /// <summary>So much of them as <paramref name="amount"/> takes, the first first.</summary>
    /// <exception cref="InvariantBrokenException">When they hold less.</exception>
    public static IReadOnlyList<Share> Take(this IEnumerable<Share> shares, GpuTime amount)
    {
        var taken = new List<Share>();
        foreach (var share in shares)
        {
            var part = GpuTime.Min(amount, share.Amount);
            if (part == GpuTime.Zero) continue;
            taken.Add(share with { Amount = part });
            amount -= part;
        }

        Invariant.Holds(amount == GpuTime.Zero, $"a charge is paid in whole, {amount} are missing");
        return taken;
    }
}
