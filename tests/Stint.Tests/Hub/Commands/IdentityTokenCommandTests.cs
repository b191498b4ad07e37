using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Tokens;
using Xunit;

namespace Stint.Tests.Hub.Commands;

public sealed class IdentityTokenCommandTests : IDisposable
{
    private readonly StintConsole stint = new();

    public void Dispose() => stint.Dispose();

    [Fact]
    public async Task Identity_OfAnAccountAtASpace_IsAValidTokenForIt()
    {
        await stint.RunAsync("account", "add", "ada");
        await stint.RunAsync("space", "add", "ada/Demo", "--upstream", "http://127.0.0.1:9000");

        var ran = await stint.RunAsync("token", "identity", "--account", "ADA", "--space", "ada/demo", "--endpoint", "/predict", "--minutes", "5");

        var now = Instant.From(DateTimeOffset.UtcNow);
        var check = new IdentityTokens(HubKeys.Open(stint.Directory), () => now).Check(ran.Output.TrimEnd('\n'), new SpaceId("ada", "Demo"), now);
        Assert.Equal((TokenOutcome.Valid, "/predict"), (check.Outcome, check.Facts!.Endpoint));
        Assert.Equal(TimeSpan.FromMinutes(5), check.Facts.ExpiresAt - check.Facts.IssuedAt);
    }

    [Theory]
    [InlineData("nobody", "ada/demo", "10", 1)]
    [InlineData("ada", "ada/other", "10", 1)]
    [InlineData("ada", "ada/demo", "1441", 2)]
    [InlineData("ada", "ada/demo", "0", 2)]
    [InlineData("ada", "ada/demo", "NaN", 2)]
    public async Task Identity_WhatIsNotThereOrTooLong_IsRefused(string account, string space, string minutes, int code)
    {
        await stint.RunAsync("account", "add", "ada");
        await stint.RunAsync("space", "add", "ada/demo", "--upstream", "http://127.0.0.1:9000");

        Assert.Equal(code, (await stint.RunAsync("token", "identity", "--account", account, "--space", space, "--minutes", minutes)).Code);
    }
}
