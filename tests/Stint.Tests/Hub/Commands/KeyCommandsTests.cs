using Stint.Hub.Tokens;
using Xunit;

namespace Stint.Tests.Hub.Commands;

public sealed class KeyCommandsTests : IDisposable
{
    private readonly StintConsole console = new();

    public void Dispose() => console.Dispose();

    [Fact]
    public async Task Rotate_AKey_PutsANewOneInFrontAndSaysUntilWhenTheOldOneHolds()
    {
        await console.RunAsync("account", "add", "ada", "--generate");
        var before = HubKeys.Open(console.Directory).Signing.Single();

        var ran = await console.RunAsync("key", "rotate");

        var after = HubKeys.Open(console.Directory).Signing;
        Assert.Equal((0, 2, before.Kid), (ran.Code, after.Count, after[1].Kid));
        Assert.NotNull(after[1].ReplacedAt);
        Assert.Null(after[0].ReplacedAt);
        Assert.Contains(after[0].Kid, ran.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(after[0].Key.ExportPkcs8PrivateKey()), ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotate_WhereNoHubIs_SaysSo() => Assert.Equal(1, (await console.RunAsync("key", "rotate")).Code);
}
