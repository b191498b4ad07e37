using System.Text;
using Stint.Hub.Spaces;
using Stint.Hub.Spaces.Supervision;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Spaces;

public sealed class OutputTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TempDirectory folder = new();

    private string Output => Path.Combine(folder, "output.log");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("one\ntwo\n", "one|two")]
    [InlineData("one\r\ntwo", "one|two")]
    [InlineData("10%\r20%\r100%\n", "10%|20%|100%")]
    [InlineData("\n\n", "")]
    [InlineData("é\n", "é")]
    public void Take_AStream_IsCutIntoLines(string stream, string expected)
    {
        var lines = new List<string>();
        var cut = new OutputLines(lines.Add);
        // A byte at a time: no character and no line may depend on how the pipe was read.
        foreach (var b in Encoding.UTF8.GetBytes(stream)) cut.Take([b]);
        cut.End();
        Assert.Equal(expected, string.Join('|', lines));
    }

    [Fact]
    public void Take_ALineThatDoesNotEnd_IsCutAtABlankAndKeptWhole()
    {
        var lines = new List<string>();
        var cut = new OutputLines(lines.Add);
        var text = new string('é', OutputLines.LongestLine - 10) + " token=" + new string('x', 100);
        cut.Take(Encoding.UTF8.GetBytes(text));
        cut.End();
        Assert.Equal(text, string.Concat(lines));
        Assert.StartsWith("token=", lines[1], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, OutputLines.LongestLine));
    }

    [Fact]
    public void Append_AnyLine_HasItsTimeAndIsForItsOwnerAlone()
    {
        new SpaceLog(Output).Append(Noon, "hello");
        Assert.Equal("2026-03-01T12:00:00.000Z hello\n", File.ReadAllText(Output));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Output));
    }

    [Theory]
    [InlineData("POST http://127.0.0.1:7861/device/s3cret_-x/schedule?taskId=1&token=ey.J.x&enableQueue=true", "POST http://127.0.0.1:7861/device/…/schedule?taskId=1&token=…&enableQueue=true")]
    [InlineData("release?allowToken=abc fail", "release?allowToken=… fail")]
    [InlineData("GET /queue/data?session_hash=a&__sign=ey.a.b\"", "GET /queue/data?session_hash=a&__sign=…\"")]
    [InlineData("\u001b[31mred\u001b[0m\tx\u0007", "[31mred[0m\tx")]
    public void Append_ALineWithASecretOrAnEscape_HoldsNeither(string line, string expected)
    {
        new SpaceLog(Output).Append(Noon, line);
        Assert.Equal($"2026-03-01T12:00:00.000Z {expected}", new SpaceLog(Output).Last(1)[0]);
    }

    [Fact]
    public void Append_BeyondTheLimit_KeepsTwoFilesThatEndWithALine()
    {
        var log = new SpaceLog(Output, fileLimit: 1000);
        for (var i = 0; i < 100; i++) log.Append(Noon, $"line {i}");
        Assert.Equal(2, Directory.GetFiles(folder).Length);
        Assert.All(Directory.GetFiles(folder), file =>
        {
            Assert.InRange(new FileInfo(file).Length, 1, 1000);
            Assert.EndsWith("\n", File.ReadAllText(file), StringComparison.Ordinal);
        });
        var last = log.Last(31).Select(line => line.Split("line ")[1]);
        Assert.Equal(Enumerable.Range(69, 31).Select(i => i.ToString()), last);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 3)]
    [InlineData(20_000, 9_000)]
    public void Last_OfALongLog_ReadsBackAsFarAsNeeded(int asked, int expected)
    {
        File.WriteAllLines(Output, Enumerable.Range(0, 9_000).Select(i => $"at line {i}"));
        var lines = new SpaceLog(Output).Last(asked);
        Assert.Equal(expected, lines.Count);
        if (expected > 0) Assert.Equal(("at line " + (9_000 - expected), "at line 8999"), (lines[0], lines[^1]));
        Assert.Empty(new SpaceLog(Path.Combine(folder, "never")).Last(10));
    }

    [Fact]
    public async Task FollowAsync_OverARotation_TellsEachLineOnce()
    {
        var log = new SpaceLog(Output, fileLimit: 400);
        for (var i = 0; i < 3; i++) log.Append(Noon, $"line {i}");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var seen = new List<string>();
        await foreach (var line in log.FollowAsync(2, stop.Token))
        {
            seen.Add(line.Split("line ")[1]);
            if (seen.Count < 15) log.Append(Noon, $"line {seen.Count + 2}");
            else await stop.CancelAsync();
        }

        Assert.Equal(Enumerable.Range(1, 15).Select(i => i.ToString()), seen);
    }
}
