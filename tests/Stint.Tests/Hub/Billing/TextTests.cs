using System.Text.RegularExpressions;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Hub.Texts;
using Stint.Tests.Fakes;
using Stint.Tests.House;
using Xunit;

namespace Stint.Tests.Hub.Billing;

public sealed partial class TextTests
{
    /// <summary>A number with a unit in a text is a copy of a policy that somebody will change elsewhere.</summary>
    [Fact]
    [Trait("Behaviour", "B41")]
    public void Texts_OfQuotaAndRefusals_HoldNoAmountOfTheirOwn()
    {
        string[] files =
        [
            .. Tree.Sources("src/Stint.Hub/Texts", "src/Stint.Hub/Billing", "src/Stint.Hub/Commands/Ledgers"),
            "src/Stint.Hub/Problems.cs", "src/Stint.Hub/CallerAttribution.cs",
        ];
        var amounts =
            from file in files
            from line in Tree.Lines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            from literal in Literal().Matches(line)
            where Amount().IsMatch(Hole().Replace(literal.Value, ""))
            select $"{file}: {literal.Value}";

        Assert.True(files.Length > 10);
        Assert.Empty(amounts);
    }

    [Theory]
    [InlineData(@"""grants 210 s of GPU time""", true)]
    [InlineData(@"""5 minutes a day""", true)]
    [InlineData(@"""in 24 h""", true)]
    [InlineData(@"$""grants {amount} s in {Hours(24)} of it""", false)]
    [InlineData(@"""status 429""", false)]
    public void AmountInAText_IsFoundByTheGrep(string line, bool found) =>
        Assert.Equal(found, Literal().Matches(line).Any(literal => Amount().IsMatch(Hole().Replace(literal.Value, ""))));

    [Fact]
    [Trait("Behaviour", "B24")]
    [Trait("Behaviour", "B41")]
    public void RuleAndExample_OfAnEditedPlan_SayItsNumbers()
    {
        var plan = new Plan("odd", GpuTime.FromSeconds(777), 3, TimeSpan.FromSeconds(130), 0);

        Assert.Contains("777 s", QuotaTexts.RuleSentence(plan), StringComparison.Ordinal);
        Assert.Contains("24 h", QuotaTexts.RuleSentence(plan), StringComparison.Ordinal);
        Assert.Equal(
            "A run that declares 130 s and takes 13 s is charged 13 s; the other 117 s come back at once. Waiting for a GPU is free.", QuotaTexts.Example(plan));
        Assert.Contains("(3)", QuotaTexts.QueueRule(plan), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "0.001 s")]
    [InlineData(59_400, "59.4 s")]
    [InlineData(60_000, "60 s")]
    public void Amount_OfGpuTime_IsExact(long milliseconds, string text) => Assert.Equal(text, Amounts.Of(new GpuTime(milliseconds)));

    [Theory]
    [InlineData(0.2, "1 s")]
    [InlineData(59, "59 s")]
    [InlineData(60, "1 min")]
    [InlineData(3_599, "59 min 59 s")]
    [InlineData(49_327, "13 h 42 min")]
    [InlineData(86_400, "1 d")]
    public void Span_AsAbout_IsItsTwoLargestUnits(double seconds, string text) => Assert.Equal(text, Amounts.About(TimeSpan.FromSeconds(seconds)));

    [Fact]
    [Trait("Behaviour", "B35")]
    public void Moment_InTheViewersZone_NamesTheSameMoment() =>
        Assert.Equal(Samples.Start.ToUtc().ToUnixTimeSeconds(), DateTimeOffset.Parse(Amounts.OfLocal(Samples.Start)).ToUnixTimeSeconds());

    [Fact]
    public void Sentences_OfAllCauses_SayWhatToDoWithoutPlaceholders()
    {
        foreach (var cause in Enum.GetValues<RefusalCause>())
        {
            var reason = new RefusalReason(cause, new GpuTime(2_000), new GpuTime(1_000), Samples.Start);
            foreach (var text in new[] { RefusalTexts.Title(cause), RefusalTexts.Sentence(reason, Samples.Function(), TimeSpan.FromSeconds(60), null), RefusalTexts.Advice(reason, null) })
            {
                Assert.Matches("^[A-Z]", text);
                Assert.DoesNotContain("{", text, StringComparison.Ordinal);
            }

            Assert.Matches("^[a-z]+(-[a-z]+)+$", RefusalTexts.Action(cause));
        }
    }

    [Fact]
    [Trait("Behaviour", "B23")]
    public void ChargeLine_OfAnUnchargedRun_ShowsTheWeightAndWhy()
    {
        var run = Requested() with
        {
            Phase = ReservationPhase.Voided,
            Lease = new(new SlotId("n0/0"), 0, "GPU-0", Samples.Start, Samples.Start, Idle: true),
            Ending = new(Samples.Start + TimeSpan.FromSeconds(9), ExitClass.NodeFault, TimeSpan.FromSeconds(9), GpuTime.Zero),
        };

        Assert.Equal("9 s × 1.5 not charged (the GPU or its machine was at fault): 0 s", QuotaTexts.ChargeLine(Receipt.Of(run)));
    }

    private static Reservation Requested() => new()
    {
        Id = new("r"),
        Identity = Samples.Ada,
        Function = Samples.Function(),
        TaskId = 1,
        Weight = new Weight(1500),
        Floor = GpuTime.Zero,
        Ceiling = GpuTime.FromSeconds(90),
        Expected = GpuTime.Zero,
        Event = "event",
        Priority = 1,
        RefusalId = new("x"),
        ReservedAt = Samples.Start,
        ArrivedAt = Samples.Start,
        WaitUntil = Samples.Start,
    };

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Hole();

    [GeneratedRegex(@"\b\d+(\.\d+)?\s*(ms|milliseconds?|s|sec|seconds?|min|minutes?|h|hours?|d|days?|times)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Amount();
}
