using Xunit;

namespace Stint.Tests.Hub.Commands.Alerts;

[Trait("Behaviour", "B84")]
public sealed class AlertCommandsTests : IDisposable
{
    private readonly StintConsole stint = new();

    public void Dispose() => stint.Dispose();

    [Fact]
    public async Task Webhook_SetTestedAndTakenAway_IsSaidWithoutItsPathOrSecret()
    {
        await stint.RunAsync("account", "add", "ada");
        Assert.Equal(1, (await stint.RunAsync("alert", "test")).Code);
        var plain = await stint.RunAsync("alert", "webhook", "http://127.0.0.1:1/services/key");
        Assert.Equal((1, true), (plain.Code, plain.Error.Contains("allow http", StringComparison.Ordinal)));
        Assert.Equal(1, (await stint.RunAsync("alert", "webhook", "http://169.254.169.254/", "--allow-http")).Code);
        var set = await stint.RunAsync("a secret of ours\n", ["alert", "webhook", "http://127.0.0.1:1/services/key", "--allow-http", "--secret", "--json"]);
        Assert.Equal((0, "http://127.0.0.1:1/…", true), (set.Code, set.Json.GetProperty("url").GetString(), set.Json.GetProperty("signed").GetBoolean()));
        Assert.DoesNotContain("secret of ours", set.Output + set.Error, StringComparison.Ordinal);
        var test = await stint.RunAsync("alert", "test");
        Assert.Equal((1, true), (test.Code, test.Error.Contains("nothing answers there", StringComparison.Ordinal)));
        Assert.Equal(0, (await stint.RunAsync("alert", "off")).Code);
        Assert.Equal((0, 0), ((await stint.RunAsync("alert", "list", "--json")).Json.GetArrayLength(), (await stint.RunAsync("alert", "list")).Code));
    }

    [Fact]
    [Trait("Behaviour", "B61")]
    public async Task PlanSet_WithARuleWithoutEffect_SaysSo()
    {
        var set = await stint.RunAsync("plan", "set", "guest", "--allowance", "60s", "--longest", "61s");
        Assert.Equal((0, true), (set.Code, set.Error.Contains("Plan 'guest': a run may declare up to 61 s, but the allowance ends it after 60 s", StringComparison.Ordinal)));
        Assert.Equal("", (await stint.RunAsync("plan", "set", "guest", "--longest", "60s")).Error);
    }
}
