using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Hub.Commands;
using Stint.Hub.Store;
using Xunit;

namespace Stint.Tests.Hub.Commands;

public sealed class PlanCommandsTests : IDisposable
{
    private readonly StintConsole stint = new();

    private Catalogue Catalogue => new(new Database(stint.Directory));

    public void Dispose() => stint.Dispose();

    [Fact]
    public async Task Set_OnePartOfAPlan_LeavesTheRest()
    {
        Assert.Equal(0, (await stint.RunAsync("plan", "set", "pro", "--allowance", "40m")).Code);
        var before = Plan.Defaults.Single(plan => plan.Name == "pro");
        Assert.Equal(before with { Allowance = GpuTime.FromMinutes(40) }, Catalogue.FindPlan("pro"));
    }

    [Fact]
    public async Task Set_ANewPlan_IsWhatWasSaidAndModestElsewhere()
    {
        await stint.RunAsync("plan", "set", "gold", "--allowance", "2h", "--priority", "8", "--longest", "15m", "--hosting", "3");
        Assert.Equal(new Plan("gold", GpuTime.FromMinutes(120), 8, TimeSpan.FromMinutes(15), 3), Catalogue.FindPlan("gold"));
        await stint.RunAsync("plan", "set", "thin", "--allowance", "90s");
        Assert.Equal(new Plan("thin", GpuTime.FromSeconds(90), 1, TimeSpan.FromSeconds(90), 0), Catalogue.FindPlan("thin"));
    }

    [Fact]
    public async Task List_OfANewHub_ShowsThePublishedPlans()
    {
        await stint.RunAsync("account", "add", "ada");
        var json = (await stint.RunAsync("plan", "list", "--json")).Json;
        Assert.Equal([120, 210, 1500], json.EnumerateArray().Select(plan => plan.GetProperty("allowanceSeconds").GetInt32()));
        Assert.Contains("3.5m", (await stint.RunAsync("plan", "list")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plan set gold --priority 2", 1, "give --allowance")]
    [InlineData("plan set pro --priority 0", 1, "1 to 1000")]
    [InlineData("plan set pro --longest 0s", 1, "between 1 s and a day")]
    [InlineData("plan set Gold --allowance 1m", 1, "lower-case")]
    [InlineData("plan set pro", 2, "Say what to set")]
    [InlineData("plan set pro --allowance 5", 2, "90s, 3.5m")]
    [InlineData("plan set pro --allowance -5m", 2, "90s, 3.5m")]
    public async Task Plan_WhatCannotBe_IsRefusedInASentence(string line, int code, string says)
    {
        await stint.RunAsync("account", "add", "ada");
        var version = Catalogue.Version();
        var ran = await stint.RunAsync(line.Split(' '));
        Assert.Equal(code, ran.Code);
        Assert.Contains(says, ran.Error, StringComparison.Ordinal);
        Assert.Equal(version, Catalogue.Version());
    }

    [Theory]
    [InlineData("90s", 90_000)]
    [InlineData("0.001s", 1)]
    [InlineData("3.5m", 210_000)]
    [InlineData("12h", 43_200_000)]
    [InlineData("30d", 2_592_000_000)]
    [InlineData("0s", 0)]
    [InlineData("3660d", 316_224_000_000)]
    public void TryParse_OfASpan_IsItAndComesBack(string text, long milliseconds)
    {
        Assert.True(SpanText.TryParse(text, out var span));
        Assert.Equal(milliseconds, (long)span.TotalMilliseconds);
        Assert.True(SpanText.TryParse(SpanText.Of(span), out var again));
        Assert.Equal(span, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5")]
    [InlineData("-5m")]
    [InlineData("+5m")]
    [InlineData("1e9s")]
    [InlineData("1,5m")]
    [InlineData("5 m")]
    [InlineData("5w")]
    [InlineData("5M")]
    [InlineData("3661d")]
    [InlineData("99999999999999999999999999999999d")]
    public void TryParse_OfWhatIsNoSpan_IsFalse(string text) => Assert.False(SpanText.TryParse(text, out _));
}
