using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Layout;
using Stint.Hub.Texts;
using Stint.Hub.Texts.Refusals;

namespace Stint.Hub.Billing.Refusals;

/// <summary>Makes what a refusal's page tells out of what was kept, what holds at this moment, and who reads it.</summary>
internal static class Telling
{
    private static readonly Dictionary<string, RefusalCause> Causes = Enum.GetValues<RefusalCause>().ToDictionary(RefusalTexts.Code);

    /// <param name="account">The name of the account it counted; null where it counted none, or that is gone.</param>
    /// <param name="reader">Who is signed in at the hub; null for nobody.</param>
    /// <param name="live">Null where nobody was recognised, or the Space is gone.</param>
    /// <param name="ceiling">The ceiling that would let it through, where the reader may set it.</param>
    public static RefusalView Of(Refusal refusal, string? account, Account? reader, LiveQuote? live, GpuTime? ceiling)
    {
        var space = refusal.Function.Space;
        // Ceilings and receipts are looked at by their holder; whoever else reads it would be led to their own.
        var isTheirs = reader is not null && refusal.Identity?.Account == reader.Id;
        var kinds = FixTexts.Of(refusal.Reasons.Select(reason => reason.Cause), refusal.Identity?.IsAnonymous, reader is not null)
            .Where(kind => kind is not (FixKind.Ceiling or FixKind.Usage) || isTheirs)
            .Where(kind => kind != FixKind.Ceiling || ceiling is null);
        return new(
            refusal.Id.Value, RefusalTexts.Title(refusal.Main.Cause), space, PageTexts.Counted(refusal, account), PageTexts.Here(refusal.Identity, reader),
            EvidenceLine.Of(refusal),
            [.. refusal.Reasons.Select(reason => new ReasonLine(RefusalTexts.Code(reason.Cause), RefusalTexts.Sentence(reason, refusal.Function, refusal.Declared, refusal.Reading)))],
            [.. refusal.Reasons.Select(reason => RefusalTexts.Advice(reason, refusal.Identity, reader?.Name)).Distinct()],
            [.. kinds.Select(kind => FixOf(kind, space, reader, live?.Fits))], WhenOf(refusal, live, reader is not null), NowOf(refusal, live), ChainTexts.Of(refusal, account), AskedOf(refusal),
            refusal.Reading, ChainTexts.BreaksAt(refusal.Main.Cause) == Station.Ledger ? refusal.Main.Required : null, ceiling)
        {
            Path = Links.Refusal(refusal.Id),
        };
    }

    /// <summary>Of a request that was turned away at a Space's address, of which nothing was kept.</summary>
    public static RefusalView Of(DoorCause cause, SpaceId space, Account? reader) => new(
        cause.Key, cause.Title, space, DoorTexts.Counted(cause), PageTexts.Here(null, reader), EvidenceLine.Of(cause), [new(cause.Code, cause.Sentence)], [DoorTexts.Advice(cause, reader?.Name)],
        [.. FixTexts.Of(cause, reader is not null).Select(kind => FixOf(kind, space, reader, fits: null))], new Resumption(DoorTexts.When(cause, reader?.Name)), [], ChainTexts.Of(cause),
        [new("Space", space.ToString())], null, null, null)
    {
        Path = Links.TurnedAway(space, cause.Key),
    };

    private static Fix FixOf(FixKind kind, SpaceId space, Account? reader, TimeSpan? fits) => new(kind, FixTexts.Does(kind), FixTexts.Why(kind, reader?.Name, fits), kind switch
    {
        FixKind.SignIn => Links.SignIn(Links.Space(space)),
        FixKind.OpenSignedIn => Visit.AtHub(space),
        FixKind.OpenSpace or FixKind.Shorter => Links.Space(space),
        FixKind.Token => Links.AccessTokens,
        FixKind.Ceiling => Links.Limits,
        FixKind.Usage => Links.Usage,
        FixKind.Doctor => Links.Doctor(space),
    });

    private static Resumption WhenOf(Refusal refusal, LiveQuote? live, bool signedIn)
    {
        if (live is null) return new(WhenTexts.Unknown(refusal.Main.Cause, signedIn));
        var answer = live.Answer;
        if (!live.Serves && answer.Reasons.All(reason => reason.RetryAt is null)) return new(PageTexts.NoSlotServes);
        if (answer.Admitted) return new(WhenTexts.Admitted(answer.ExpectedWaitSeconds is { } wait ? TimeSpan.FromSeconds((double)wait) : null));
        if (answer.RetryAt is { } at) return new(WhenTexts.Fits(at - answer.At), Instant.From(new DateTimeOffset(at)));
        return new(WhenTexts.Unknown(Causes[answer.Reasons.First(reason => reason.RetryAt is null).Cause], signedIn));
    }

    private static List<string> NowOf(Refusal refusal, LiveQuote? live)
    {
        if (live is null) return [PageTexts.NothingToReckon(refusal.Identity is not null)];
        var answer = live.Answer;
        var sentences = new List<string> { PageTexts.Left(new GpuTime(answer.Payer.LeftMilliseconds)) };
        if (!answer.Admitted)
        {
            sentences.Add(PageTexts.StillRefused(string.Join(" ", answer.Reasons.Select(reason => reason.Sentence))));
            sentences.Add(PageTexts.Fits(live.Fits));
        }

        sentences.Add(live.Pool);
        return sentences;
    }

    private static List<AskedLine> AskedOf(Refusal refusal)
    {
        var lines = new List<AskedLine> { new("Space", refusal.Function.Space.ToString()) };
        if (refusal.Function.Endpoint is { Length: > 0 } endpoint) lines.Add(new("Function", endpoint));
        lines.Add(new("GPU size", $"{Amounts.Of(refusal.Function.Size)}, weight {refusal.Weight}"));
        lines.Add(new("Declared", PageTexts.Declared(refusal)));
        if (refusal.Main.Required is { } required) lines.Add(new("Needed", Amounts.Of(required)));
        if (refusal.Main.Left is { } left) lines.Add(new("There for it", Amounts.Of(left)));
        if (refusal.Reading is { } reading) lines.Add(new("GPU time then", VisitorTexts.Parts(reading)));
        if (refusal.Identity is { } identity) lines.Add(new("Purse", PurseId.OfAllowance(identity).Value));
        if (refusal.Recognition is { } recognition) lines.Add(new("Spaces in between", recognition.Hops.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        lines.Add(new("Refused", Amounts.Of(refusal.At)));
        lines.Add(new("Id", refusal.Id.Value));
        return lines;
    }
}
