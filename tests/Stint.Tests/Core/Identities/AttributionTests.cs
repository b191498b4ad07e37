using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Core.Identities;

public sealed class AttributionTests
{
    private static readonly Evidence Network = Evidence.Believed(EvidenceKind.Network, "address", Samples.Passer);

    [Theory]
    [InlineData(EvidenceKind.IdentityToken)]
    [InlineData(EvidenceKind.DelegatedToken)]
    [InlineData(EvidenceKind.SpaceToken)]
    [InlineData(EvidenceKind.AccessToken)]
    [InlineData(EvidenceKind.Cookie)]
    public void Decide_OneThatHolds_IsWhoPays(EvidenceKind kind)
    {
        var decided = Attributing.Decide([Network, Evidence.Believed(kind, "x", Samples.Ada)]);

        Assert.Equal((AttributionOutcome.Recognised, Samples.Ada, kind), (decided.Outcome, decided.Identity, decided.Deciding.Kind));
    }

    [Fact]
    public void Decide_NothingSent_IsTheNetworksAndSaysWhatIsMissing()
    {
        var decided = Attributing.Decide([Network]);

        Assert.Equal((AttributionOutcome.Anonymous, Samples.Passer), (decided.Outcome, decided.Identity));
        Assert.Equal(
            [EvidenceKind.IdentityToken, EvidenceKind.DelegatedToken, EvidenceKind.SpaceToken, EvidenceKind.AccessToken, EvidenceKind.Cookie],
            decided.Weigh().Where(weighed => weighed.Standing == EvidenceStanding.Missing).Select(weighed => weighed.Kind));
    }

    public static TheoryData<EvidenceKind, EvidenceKind> Ranks()
    {
        var rows = new TheoryData<EvidenceKind, EvidenceKind>();
        var kinds = Enum.GetValues<EvidenceKind>();
        for (var first = 0; first < kinds.Length - 1; first++)
            for (var second = first + 1; second < kinds.Length - 1; second++) rows.Add(kinds[first], kinds[second]);
        return rows;
    }

    [Theory]
    [MemberData(nameof(Ranks))]
    public void Decide_TwoThatHold_HearsTheHigherAndOutranksTheOther(EvidenceKind higher, EvidenceKind lower)
    {
        var decided = Attributing.Decide([Network, Evidence.Believed(lower, "x", Samples.Bob), Evidence.Believed(higher, "y", Samples.Ada)]);

        Assert.Equal(Samples.Ada, decided.Identity);
        Assert.Equal(EvidenceStanding.Outranked, decided.Weigh().Single(weighed => weighed.Kind == lower).Standing);
    }

    [Theory]
    [MemberData(nameof(Ranks))]
    [Trait("Behaviour", "B1")]
    public void Decide_TheHigherHasAFault_IsRefusedThoughTheLowerHolds(EvidenceKind higher, EvidenceKind lower)
    {
        var decided = Attributing.Decide([Network, Evidence.Believed(lower, "x", Samples.Bob), Evidence.Rejected(higher, "y", EvidenceFault.Forged)]);

        Assert.Equal((AttributionOutcome.Refused, null, EvidenceFault.Forged), (decided.Outcome, decided.Identity, decided.Deciding.Fault));
    }

    [Theory]
    [InlineData(EvidenceFault.Expired, true)]
    [InlineData(EvidenceFault.Forged, false)]
    [InlineData(EvidenceFault.OfAnotherSpace, false)]
    public void Decide_ASpaceTokenWithAFaultBesideAnAccessToken_YieldsOnlyWhereItExpired(EvidenceFault fault, bool yields)
    {
        var decided = Attributing.Decide([Network, Evidence.Rejected(EvidenceKind.SpaceToken, "__sign", fault), Evidence.Believed(EvidenceKind.AccessToken, "x", Samples.Ada)]);

        Assert.Equal(yields ? Samples.Ada : null, decided.Identity);
    }

    [Fact]
    public void Decide_AnExpiredSpaceTokenAlone_IsRefused() => Assert.Equal(
        AttributionOutcome.Refused, Attributing.Decide([Network, Evidence.Rejected(EvidenceKind.SpaceToken, "__sign", EvidenceFault.Expired)]).Outcome);

    [Fact]
    public void Decide_TwoOfOneKind_HearsTheFirst()
    {
        var decided = Attributing.Decide([
            Evidence.Believed(EvidenceKind.AccessToken, "X-HF-Authorization", Samples.Ada), Evidence.Believed(EvidenceKind.AccessToken, "Authorization", Samples.Bob), Network]);

        Assert.Equal(Samples.Ada, decided.Identity);
    }

    [Fact]
    public void Decide_ADelegatedTokenOfAStranger_IsAnonymous()
    {
        var delegated = Evidence.Believed(EvidenceKind.DelegatedToken, "X-IP-Token", Samples.Passer, new Recognition(EvidenceKind.Network, Samples.Paint));

        Assert.Equal(AttributionOutcome.Anonymous, Attributing.Decide([delegated, Network]).Outcome);
    }

    [Fact]
    [Trait("Behaviour", "B8")]
    public void Through_ThreeSpaces_EndsAfterTwo()
    {
        var once = new Recognition(EvidenceKind.Cookie).Through(Samples.Paint)!;
        var twice = once.Through(Samples.Sing)!;

        Assert.Equal((1, 2), (once.Hops, twice.Hops));
        Assert.Equal((Samples.Paint, Samples.Sing), (twice.Via!.Value, twice.ThenVia!.Value));
        Assert.Null(twice.Through(new SpaceId("cleo", "third")));
    }
}
