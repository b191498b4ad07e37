using System.CommandLine;
using System.Text.Json;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Hub.Commands;
using Stint.Hub.Texts;
using Stint.Tests.Fakes;
using Stint.Tests.Hub.Commands;
using Xunit;

namespace Stint.Tests.Hub.Billing;

/// <summary>
/// The commands read the same data directory at the wall clock's time, so the ledger's own time is set to begin there.
/// </summary>
public sealed class LedgerCommandTests : IDisposable
{
    private readonly BillingHub hub = new(Instant.From(TimeProvider.System.GetUtcNow()));

    public void Dispose() => hub.Dispose();

    [Fact]
    public async Task Quota_OfAnAccount_SaysUsedOfAllowanceAndWhenItResets()
    {
        hub.SetPlan(Plan.Free, 25);
        hub.Run(Samples.Ada, 60);

        var ran = await RunAsync("quota", "--account", "ADA");

        Assert.Equal(0, ran.Code);
        Assert.Contains("ada, plan free: 1.0 / 25 minutes used", ran.Output, StringComparison.Ordinal);
        Assert.Contains("left      1440 s", ran.Output, StringComparison.Ordinal);
        Assert.Contains($"[##{new string('.', 38)}]", ran.Output, StringComparison.Ordinal);
        var resets = hub.Reads.Ledger(Samples.Ada).Current!.ResetsAt;
        Assert.Contains($"{Amounts.OfLocal(resets)} ({Amounts.Of(resets)})", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Behaviour", "B3")]
    [Trait("Behaviour", "B65")]
    public async Task PlanNumber_Changed_ChangesGateApiAndCommandTogether()
    {
        for (var i = 0; i < 4; i++) hub.Run(Samples.Ada, 50);
        var (needs60, plan) = (Samples.Function(60, endpoint: "/new"), hub.Catalogue.FindPlan(Plan.Free)!);
        Assert.Equal(10, await CommandLeftAsync());
        Assert.Equal(10, await ApiLeftAsync());
        Assert.Equal(10, Assert.Single(hub.Ask(Samples.Ada, needs60).Reply.Refusal!.Reasons).Left!.Value.WholeSeconds);

        var changed = await RunAsync("plan", "set", "free", "--allowance", "4m", "--longest", plan.LongestDuration.TotalSeconds + "s");

        Assert.Equal(0, changed.Code);
        Assert.Equal(40, await CommandLeftAsync());
        Assert.Equal(40, await ApiLeftAsync());
        Assert.Equal(40, Assert.Single(hub.Ask(Samples.Ada, needs60).Reply.Refusal!.Reasons).Left!.Value.WholeSeconds);
        hub.SetPlan(Plan.Free, 5);
        Assert.Null(hub.Ask(Samples.Ada, needs60).Reply.Refusal);
    }

    [Fact]
    public async Task Quota_OfAll_IsATableAndWithJsonTheAnswersOfTheApi()
    {
        hub.Run(Samples.Ada, 5);

        var (table, json) = (await RunAsync("quota"), await RunAsync("quota", "--json"));

        Assert.Contains("bob", table.Output, StringComparison.Ordinal);
        Assert.Equal(["ada", "bob", "root"], json.Json.EnumerateArray().Select(one => one.GetProperty("account").GetString()!));
        var api = (await hub.GetAsync("/v1/quota")).GetProperty("purses")[0];
        Assert.True(JsonElement.DeepEquals(api, json.Json[0].GetProperty("purses")[0]));
    }

    [Fact]
    [Trait("Behaviour", "B26")]
    public async Task Quota_WithHolds_ListsThem()
    {
        hub.Ask(Samples.Ada);

        var ran = await RunAsync("quota", "--account", "ada");

        Assert.Matches(@"  running  ada/paint/run  holds [\d.]+ s", ran.Output);
    }

    [Fact]
    [Trait("Behaviour", "B42")]
    public async Task Receipts_AsCsv_AreTheApisAndSumToTheLedger()
    {
        hub.Run(Samples.Ada, 1.234);
        hub.Run(Samples.Ada, 2.001);
        hub.Run(Samples.Bob, 3);

        var (own, all) = (await RunAsync("receipts", "--account", "ada", "--csv"), await RunAsync("receipts", "--json"));

        using var api = await hub.SendAsync(HttpMethod.Get, "/v1/receipts?format=csv", hub.NewToken("ada").Text);
        Assert.Equal((await api.Content.ReadAsStringAsync()).ReplaceLineEndings().TrimEnd(), own.Output.ReplaceLineEndings().TrimEnd());
        Assert.Equal(6_235, all.Json.EnumerateArray().Sum(receipt => receipt.GetProperty("chargedMilliseconds").GetInt64()));
        Assert.Equal("account:bob", all.Json[0].GetProperty("identity").GetString());
    }

    [Fact]
    public async Task Receipts_InATable_ShowHowTheChargeCameAbout()
    {
        hub.Run(Samples.Ada, 30, Samples.Function(60, Stint.Core.Leasing.SlotSize.XLarge));

        var ran = await RunAsync("receipts", "--limit", "1");

        Assert.Contains("30 s × 2 = 60 s", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusals_ListedAndOpened_GiveEveryReason()
    {
        var (id, _) = hub.Ask(Samples.Ada, Samples.Function(211));

        var (list, one) = (await RunAsync("refusals"), await RunAsync("refusals", "refusal-" + id));

        Assert.Contains("refusal-" + id, list.Output, StringComparison.Ordinal);
        Assert.Contains("duration-never-allowed: This run asks for 211 s", one.Output, StringComparison.Ordinal);
        Assert.Contains("operator", one.Output, StringComparison.Ordinal);
        Assert.Equal("duration-never-allowed", (await RunAsync("refusals", "refusal-" + id, "--json")).Json.GetProperty("problem").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(1, "quota", "--account", "nobody")]
    [InlineData(1, "receipts", "--account", "nobody")]
    [InlineData(1, "refusals", "never")]
    [InlineData(2, "receipts", "--limit", "0")]
    [InlineData(2, "receipts", "--limit", "1001")]
    public async Task Command_AskedWrongly_SaysWhyAndWhatToDo(int code, params string[] arguments)
    {
        var ran = await RunAsync(arguments);

        Assert.Equal(code, ran.Code);
        Assert.NotEmpty(ran.Error);
    }

    private async Task<decimal> CommandLeftAsync() =>
        (await RunAsync("quota", "--account", "ada", "--json")).Json.GetProperty("purses")[0].GetProperty("leftSeconds").GetDecimal();

    private async Task<decimal> ApiLeftAsync() => (await hub.GetAsync("/v1/quota")).GetProperty("purses")[0].GetProperty("leftSeconds").GetDecimal();

    private async Task<Ran> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var root = CommandLine.Create((_, _) => Task.FromResult(0), TextReader.Null);
        var code = await CommandLine.RunAsync(root, [.. arguments, "--data", hub.Directory], new InvocationConfiguration { Output = output, Error = error });
        return new Ran(code, output.ToString(), error.ToString());
    }
}
