using System.Text.RegularExpressions;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Texts;
using Stint.Hub.Texts.Refusals;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.House;

/// <summary>Each refusal has a stable word, a sentence, advice, a way out and a time, said in one place and fit for whoever was counted.</summary>
public sealed partial class RefusalTextTests
{
    private static readonly IdentityId Network = IdentityId.OfNetwork("203.0.113.7");

    [Theory]
    [MemberData(nameof(Causes))]
    [Trait("Behaviour", "B17")]
    [Trait("Behaviour", "B43")]
    public void Cause_OfARefusal_HasItsTextsForWhoeverWasCounted(RefusalCause cause)
    {
        Assert.Matches("^[a-z]+(-[a-z]+)+$", RefusalTexts.Code(cause));
        Assert.Matches(@"^[A-Z].*\.$", WhenTexts.Unknown(cause));
        foreach (var identity in new IdentityId?[] { null, Network, Samples.Ada })
        {
            var reason = new RefusalReason(cause, GpuTime.FromSeconds(60), GpuTime.FromSeconds(10)) { Limit = GpuTime.FromSeconds(20) };
            var refusal = new Refusal(new("f_1"), Samples.Start, identity, Samples.Function(60), TimeSpan.FromSeconds(60), Weight.One, [reason], null);
            Assert.Matches(@"^[A-Z].*\.$", RefusalTexts.Advice(reason, identity));
            var way = ChainTexts.Of(refusal, "ada");
            Assert.Equal(Enum.GetValues<Station>().Length, way.Count);
            Assert.Single(way, stop => stop.State == StopState.Broken);
            Assert.All(way, stop => Assert.Matches(@"^(?!.*\.\.)[A-Za-z0-9].*\.$", stop.Seen));
            foreach (var signedIn in new[] { false, true })
            {
                var fixes = FixTexts.Of([cause], identity?.IsAnonymous, signedIn).ToList();
                Assert.NotEmpty(fixes);
                Assert.All(fixes, fix => Assert.NotEmpty(FixTexts.Does(fix) + FixTexts.Why(fix, "ada", null)));
                Assert.Equal(identity is { IsAnonymous: true } && !signedIn, fixes.Contains(FixKind.SignIn));
            }
        }

        // The caps bind anonymous visitors and nobody else.
        if (cause is not (RefusalCause.DeviceCapReached or RefusalCause.AnonymousCapReached))
            Assert.DoesNotMatch("(?i)sign (in|up)", RefusalTexts.Advice(new RefusalReason(cause), Samples.Ada));
    }

    [Fact]
    public void Cause_AtTheDoor_HasItsTextsAndAWayOut()
    {
        Assert.True(DoorTexts.Causes.Count > Enum.GetValues<EvidenceFault>().Length + Enum.GetValues<SpaceStage>().Length);
        Assert.All(DoorTexts.Causes, cause =>
        {
            Assert.Matches(@"^[a-z-]+(\.[a-z-]+)?$", cause.Key);
            Assert.Matches("^[a-z-]+$", cause.Code);
            Assert.All([cause.Sentence, cause.When, DoorTexts.Counted(cause)], text => Assert.Matches(@"^[A-Z].*\.$", text));
            Assert.Matches("^[A-Z]", cause.Advice);
            Assert.Single(ChainTexts.Of(cause), stop => stop.State == StopState.Broken);
            Assert.NotEmpty(FixTexts.Of(cause, signedIn: false));
            Assert.DoesNotContain(FixKind.SignIn, FixTexts.Of(cause, signedIn: true));
            Assert.Same(cause, DoorTexts.Find(cause.Key));
        });
    }

    /// <summary>A sentence about what is wanting, left or refused that stands elsewhere is a second truth that somebody will forget.</summary>
    [Fact]
    [Trait("Behaviour", "B43")]
    public void Sentence_AboutARefusal_StandsInTextsAlone()
    {
        var strays =
            from file in Tree.Sources("src/Stint.Hub/Gateway", "src/Stint.Hub/DeviceApi", "src/Stint.Hub/Billing/Refusals", "src/Stint.Hub/HubApi")
            from line in Tree.Lines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            from literal in Literal().Matches(line)
            where Saying().IsMatch(literal.Value)
            select $"{file}: {literal.Value}";
        Assert.Empty(strays);
    }

    [Theory]
    [InlineData(@"""Not enough GPU time is left.""", true)]
    [InlineData(@"$""The access token of {who} was revoked.""", true)]
    [InlineData(@"""The plan never allows more than that.""", true)]
    [InlineData(@"""quota-exceeded""", false)]
    [InlineData(@"""The body could not be read to its end.""", false)]
    public void SentenceAboutARefusal_IsFoundByTheGrep(string line, bool found) => Assert.Equal(found, Literal().Matches(line).Any(literal => Saying().IsMatch(literal.Value)));

    public static TheoryData<RefusalCause> Causes() => [.. Enum.GetValues<RefusalCause>()];

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Literal();

    [GeneratedRegex(@"^""[A-Z](?=.* .* .* )(?=.*\b(GPU time is|left of|are left|never allows?|was revoked|was refused|has expired|has passed its time|your ceiling|shut out)\b)")]
    private static partial Regex Saying();
}
