using System.Text.Json;
using System.Xml.Linq;
using Stint.Tests.Fakes;
using Stint.Tests.Hub.Commands;
using Xunit;

namespace Stint.Tests.Hub.Replay;

public sealed class ReplayCommandTests : IDisposable
{
    private readonly StintConsole stint = new();
    private readonly TempDirectory folder = new();

    private string TracePath => Path.Combine(folder.Path, "trace.csv");
    private string ChartPath => Path.Combine(folder.Path, "chart.svg");

    public void Dispose()
    {
        stint.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Replay_OfQuotasAsJson_HasOneObjectForEachQuotaAndMode()
    {
        Write();
        var ran = await stint.RunAsync("replay", TracePath, "--quota", "80,200", "--json");
        Assert.Equal((0, 8), (ran.Code, ran.Json.GetArrayLength()));
        Assert.Equal(
            ["quota", "mode", "refusedPercent", "wouldHaveFittedPercent", "stoppedPercent", "servedGpuHours", "overAdmissions"],
            ran.Json[0].EnumerateObject().Select(property => property.Name));
        Assert.Equal("blanket", ran.Json[0].GetProperty("mode").GetString());
    }

    [Fact]
    public async Task Replay_OfOneQueueAsJson_IsOneObject()
    {
        Write();
        var ran = await stint.RunAsync("replay", TracePath, "--slots", "2", "--load", "0.5", "--policy", "stint", "--seed", "3", "--json");
        foreach (var name in new[] { "personSlowdownMean", "personSlowdownP99", "meanResponseSeconds", "lowerBoundSeconds", "maxWaitSeconds", "utilisation" })
            Assert.Equal(JsonValueKind.Number, ran.Json.GetProperty(name).ValueKind);
    }

    [Theory]
    [InlineData("--quota", "80", "What a floor costs")]
    [InlineData("--load", "0.5", "stint, load 0.5, 4 slots")]
    public async Task Replay_ForPeople_PrintsATableAndDrawsAChart(string option, string value, string title)
    {
        Write();
        var ran = await stint.RunAsync("replay", TracePath, option, value, "--svg", ChartPath);
        Assert.Equal(0, ran.Code);
        Assert.Contains("oracle", ran.Output, StringComparison.Ordinal);
        Assert.Contains(ChartPath, ran.Error, StringComparison.Ordinal);
        Assert.Contains(title, XDocument.Load(ChartPath).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "line 2: gpu_s is 'x'", "--quota", "80")]
    [InlineData(2, "Say what to replay", "--slots", "3")]
    [InlineData(2, "Say what to replay", "--quota", "80", "--load", "0.2")]
    [InlineData(2, "'0' does not fit --quota", "--quota", "0")]
    [InlineData(2, "'1.5' does not fit --quota", "--quota", "120,1.5")]
    [InlineData(2, "'x' does not fit --load", "--load", "x")]
    [InlineData(2, "--slots is 1 to 1000", "--load", "1", "--slots", "0")]
    public async Task Replay_OfWhatCannotBe_SaysWhy(int code, string says, params string[] options)
    {
        await File.WriteAllTextAsync(TracePath, "arrival_s,identity,model,gpu_s\n0,a,m,x\n");
        var ran = await stint.RunAsync(["replay", TracePath, .. options]);
        Assert.Equal(code, ran.Code);
        Assert.Contains(says, ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_OfAFileThatIsNotThere_IsRefused() =>
        Assert.Equal(1, (await stint.RunAsync("replay", Path.Combine(folder.Path, "none.csv"), "--quota", "80")).Code);

    private void Write() => File.WriteAllText(TracePath, "arrival_s,identity,model,gpu_s\n0,a,m,30\n5,b,m,20\n60,a,m,30\n70,b,m,25\n");
}
