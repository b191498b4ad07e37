using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;

namespace Stint.Hub.Texts.Refusals;

/// <summary>What the page of a refusal says besides its reasons.</summary>
public static class PageTexts
{
    public const string NeedsSignInTitle = "Sign in to open this refusal";
    public const string NeedsSignIn = "A refusal is shown to the account it counted. Sign in as that account to open it, if there is one by this id.";
    public const string MissingTitle = "No such refusal of yours";

    /// <summary>To somebody who is signed in, of an id that is unknown or another's: both read alike.</summary>
    public static string Missing(string name) =>
        $"There is no refusal of yours by this id. You are signed in here as {name}; if you use a Space as another account, for a Space's own address keeps its own sign-in, sign in as that one to open it.";

    /// <summary>Who it counted and why, first of all.</summary>
    public static string Counted(Refusal refusal, string? account) => refusal.Identity is { } identity
        ? EvidenceTexts.Counted(identity, refusal.Recognition, account)
        : "Nobody was counted: nothing that could be believed spoke for anyone.";

    /// <summary>Who reads the page, where that is not who was counted; null where it is.</summary>
    /// <param name="reader">Who is signed in at the hub; null for nobody.</param>
    public static string? Here(IdentityId? counted, Account? reader) => (counted, reader) switch
    {
        (_, null) => "You are not signed in at this hub.",
        ({ } payer, { } account) when payer.Account == account.Id => null,
        ({ IsAnonymous: true }, { } account) => $"At this hub you are signed in as {account.Name}, and nothing of that account was used: the sign-in did not come along with the call.",
        ({ }, { } account) => $"You read this as {account.Name}, who is an administrator.",
        (null, { } account) => $"At this hub you are signed in as {account.Name}, and nothing of that account was used.",
    };

    public static string Declared(Refusal refusal) =>
        $"{Amounts.Of(refusal.Declared)} × {refusal.Weight} = {Amounts.Of(refusal.Weight.Hold(refusal.Declared))} of GPU time at most";

    /// <summary>What the bar of the purse shows, for whoever does not see it.</summary>
    public static string Bar(QuotaReading reading, GpuTime required) =>
        $"Of {Amounts.Of(reading.Allowance)}: {Amounts.Of(reading.Spent)} spent, {Amounts.Of(reading.Reserved)} held, {Amounts.Of(reading.Left)} left. The run needed {Amounts.Of(required)}.";

    public static string Needed(GpuTime required) => $"Needed: {Amounts.Of(required)}.";

    /// <summary>What the purse holds at this moment, which is what the gate would read.</summary>
    public static string Left(GpuTime left) => $"{Amounts.Of(left)} are left at this moment.";

    public static string NothingToReckon(bool isRecognised) => isRecognised
        ? "The Space is gone, so there is nothing to reckon with."
        : "Nobody was recognised, so there is no purse to reckon with. Call again as a visitor.";

    public static string StillRefused(string sentences) => $"The same run would still be refused. {sentences}";

    public static string Fits(TimeSpan? span) => span is { } fits ? $"A run that declares at most {Amounts.Of(fits)} on this GPU size fits now." : "Nothing fits now.";

    /// <summary>How the GPUs stand that could serve it.</summary>
    /// <param name="fitting">Slots that are large enough.</param>
    public static string Pool(IReadOnlyList<Slot> fitting, int waiting)
    {
        var (open, lost, removed) = (fitting.Count(slot => slot.IsOpen), fitting.Count(slot => slot.Lost is not null), fitting.Count(slot => slot is { Phase: SlotPhase.Quarantined, Lost: null }));
        var more = (lost, removed) switch
        {
            (0, 0) => "",
            (_, 0) => $"; {lost} on a machine that does not answer",
            (0, _) => $"; {removed} taken out, because a process cannot be stopped there",
            _ => $"; {lost} on a machine that does not answer, {removed} taken out",
        };
        return $"GPU slots that can serve it: {fitting.Count}, of which {open} are free{more}. Tasks that wait: {waiting}.";
    }

    /// <summary>Where every slot that could serve is lost or taken out.</summary>
    public const string NoSlotServes = "When a GPU is there again: none that could serve it can be used at this moment, and the operator of this hub sees why.";

    public static string RaiseCeiling(GpuTime to) => $"Raise your ceiling to {Amounts.Of(to)}";
}
