using Stint.Core.Identities;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Core.Quota.Purses;

/// <summary>What tests of purses say in one line.</summary>
internal static class Purses
{
    public static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static Credit Grant(this Trial trial, string id, IdentityId to, long milliseconds, CreditKind kind = CreditKind.Boost, TimeSpan? lasts = null)
    {
        Assert.Equal(InstructionOutcome.Done, trial.Tell(new GrantCredit(to, new(id), kind, new(milliseconds), trial.Now + (lasts ?? Day), "because", "root")));
        return trial.Credit(id, to);
    }

    public static InstructionOutcome Tell(this Trial trial, Instruction instruction) => trial.Send<InstructionReply>(instruction).Outcome;

    public static void Ceiling(this Trial trial, IdentityId of, long? milliseconds) =>
        Assert.Equal(InstructionOutcome.Done, trial.Tell(new SetCeiling(of, null, milliseconds is { } some ? new GpuTime(some) : null)));

    public static Credit Credit(this Trial trial, string id, IdentityId of) => trial.Books.LedgerOf(of).Credits.Find(new(id))!;

    /// <summary>What paid a run, as <c>allowance 5000 + boost 3000</c>.</summary>
    public static string PaidBy(this Trial trial, string run) =>
        string.Join(" + ", Receipt.Of(trial[run]).Purses.Select(share => $"{share.Purse} {share.Amount.Milliseconds}"));
}
