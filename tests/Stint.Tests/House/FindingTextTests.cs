using System.Text.RegularExpressions;
using Stint.Hub.Texts.Findings;
using Xunit;

namespace Stint.Tests.House;

/// <summary>What the doctor says is said in one place, by a code and its parameters; its checks look, and say nothing themselves.</summary>
public sealed partial class FindingTextTests
{
    [Fact]
    [Trait("Behaviour", "B43")]
    public void Sentence_OfAFinding_StandsInTextsAlone()
    {
        var strays =
            from file in Tree.Sources("src/Stint.Hub/Doctor/Checks").Append("src/Stint.Hub/Doctor/Finding.cs").Append("src/Stint.Hub/Doctor/Examination.cs")
            from line in Tree.Lines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            from literal in Literal().Matches(line)
            where IsSentence(literal.Value)
            select $"{file}: {literal.Value}";
        Assert.Empty(strays);
    }

    [Theory]
    [InlineData(@"new(""Count the slots"", Slots)", true)]
    [InlineData(@"$""{free} MiB are free""", true)]
    [InlineData(@"Sent: ""access-token"", Direct: { } me } && me.Missed(""access-token"")", false)]
    public void Sentence_IsFoundByTheGrep(string line, bool found) => Assert.Equal(found, Literal().Matches(line).Any(literal => IsSentence(literal.Value)));

    /// <summary>Each is something to do, and none is said of two checks.</summary>
    [Fact]
    public void Tried_OfEachCheck_IsItsOwn()
    {
        var tried = typeof(TriedTexts).GetFields().Select(field => (string)field.GetRawConstantValue()!).ToList();
        Assert.Equal(Stint.Hub.Doctor.Examination.Checks.Select(check => check.Tried).Order(), tried.Order());
        Assert.Distinct(tried);
        Assert.All(tried, text => Assert.Matches("^[A-Z][^.]+[^.]$", text));
    }

    private static bool IsSentence(string literal) => literal.Contains(' ', StringComparison.Ordinal);

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Literal();
}
