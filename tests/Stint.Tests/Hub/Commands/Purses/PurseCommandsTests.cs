using Stint.Core.Leasing.Instructions;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Hub.Store;
using Stint.Hub.Store.Instructions;
using Xunit;

namespace Stint.Tests.Hub.Commands.Purses;

public sealed class PurseCommandsTests : IDisposable
{
    private readonly StintConsole stint = new();

    private Catalogue Catalogue => new(new Database(stint.Directory));

    private InstructionBox Box => new(Catalogue);

    public void Dispose() => stint.Dispose();

    [Fact, Trait("Behaviour", "B72")]
    public async Task Grant_WhileNoHubRuns_IsKeptForTheNextOne()
    {
        await stint.RunAsync("account", "add", "ada");
        var ran = await stint.RunAsync("credit", "grant", "ada", "10m", "--expires", "30d", "--reason", "a slow day", "--approver", "root", "--boost");
        Assert.Equal(0, ran.Code);
        Assert.Contains("It is kept", ran.Output, StringComparison.Ordinal);
        var grant = Assert.IsType<GrantCredit>(Assert.Single(Box.Undecided(10)).Instruction);
        Assert.Equal((CreditKind.Boost, GpuTime.FromMinutes(10), "a slow day", "root"), (grant.Kind, grant.Amount, grant.Reason, grant.Approver));
    }

    [Fact, Trait("Behaviour", "B48")]
    public async Task Grant_GivenTwiceWithOneKey_IsKeptOnce()
    {
        await stint.RunAsync("account", "add", "ada");
        Assert.Equal(0, (await GrantAsync("10m")).Code);
        Assert.Equal(0, (await GrantAsync("10m")).Code);
        var other = await GrantAsync("11m");
        Assert.Equal(1, other.Code);
        Assert.Contains("under this id before", other.Error, StringComparison.Ordinal);
        Assert.Single(Box.Undecided(10));
    }

    [Theory, Trait("Behaviour", "B53")]
    [InlineData("ceiling set ada 5m", null, 300_000L)]
    [InlineData("ceiling set ada off", null, null)]
    [InlineData("ceiling set ada 90s --space ada/paint", "ada/paint", 90_000L)]
    public async Task Ceiling_Set_IsKept(string line, string? space, long? limit)
    {
        await stint.RunAsync("account", "add", "ada");
        await stint.RunAsync("space", "add", "ada/paint", "--upstream", "http://127.0.0.1:9");
        Assert.Equal(0, (await stint.RunAsync(line.Split(' '))).Code);
        var set = Assert.IsType<SetCeiling>(Assert.Single(Box.Undecided(10)).Instruction);
        Assert.Equal((space, limit), (set.Space?.ToString(), set.Limit?.Milliseconds));
    }

    [Theory]
    [InlineData("credit grant nobody 5m --expires 1d --reason x", 1, "nobody")]
    [InlineData("credit grant ada 5 --expires 1d --reason x", 2, "90s, 3.5m")]
    [InlineData("credit grant ada 5m --expires 1d", 2, "--reason")]
    [InlineData("credit withdraw x --reason y", 1, "stint credit list")]
    [InlineData("ceiling set ada 5m --space no/where", 1, "no/where")]
    [InlineData("receipts refund x --reason y", 1, "no receipt")]
    [InlineData("space profile no/where", 1, "no/where")]
    public async Task Command_OfWhatCannotBe_IsRefusedInASentence(string line, int code, string says)
    {
        await stint.RunAsync("account", "add", "ada");
        var ran = await stint.RunAsync(line.Split(' '));
        Assert.Equal(code, ran.Code);
        Assert.Contains(says, ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_WithCapsAndStrict_KeepsThem()
    {
        await stint.RunAsync("plan", "set", "anonymous", "--allowance", "10m", "--device-cap", "2m", "--shared-cap", "1h", "--strict", "true");
        var plan = Catalogue.FindPlan(Plan.Anonymous)!;
        Assert.Equal((GpuTime.FromMinutes(2), GpuTime.FromMinutes(60), true), (plan.DeviceCap!.Value, plan.SharedCap!.Value, plan.Strict));
        await stint.RunAsync("plan", "set", "anonymous", "--shared-cap", "0s");
        Assert.Equal((GpuTime.FromMinutes(2), null), (Catalogue.FindPlan(Plan.Anonymous)!.DeviceCap!.Value, Catalogue.FindPlan(Plan.Anonymous)!.SharedCap));
    }

    [Fact, Trait("Behaviour", "B50")]
    public async Task Sponsor_OfASpace_IsKeptWithIt()
    {
        await stint.RunAsync("account", "add", "ada");
        await stint.RunAsync("space", "add", "ada/paint", "--upstream", "http://127.0.0.1:9");
        Assert.Equal(0, (await stint.RunAsync("credit", "sponsor", "ada/paint", "fund")).Code);
        Assert.Equal("fund", Catalogue.FindSpace(new("ada", "paint"))!.Sponsor);
        await stint.RunAsync("credit", "sponsor", "ada/paint", "-");
        Assert.Null(Catalogue.FindSpace(new("ada", "paint"))!.Sponsor);
    }

    private Task<Ran> GrantAsync(string amount) => stint.RunAsync("credit", "grant", "ada", amount, "--expires", "30d", "--reason", "a slow day", "--key", "k");
}
