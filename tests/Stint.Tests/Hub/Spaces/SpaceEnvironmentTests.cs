using Stint.Core.Spaces;
using Stint.Hub.Spaces;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Spaces;

public sealed class SpaceEnvironmentTests : IDisposable
{
    private static readonly SpaceFiles Files = new("/data", RealSpaces.Id);

    private readonly TempDirectory folder = new();

    private SpaceEnvironment Environment => new(new("http://127.0.0.1:7860"), new("http://127.0.0.1:7861"), new DeviceSecrets(HubKeys.Open(folder)));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Of_ASpaceWithAPort_IsExactlyWhatASpaceNeeds()
    {
        var secret = Environment.Secrets.Of(RealSpaces.Id, 3);
        var variables = Environment.Of(RealSpaces.Space("x", generation: 3), Files, 4242).Select(one => $"{one.Key}={one.Value}");
        Assert.Equal(
            [
                "SPACES_ZERO_GPU=true",
                $"SPACES_ZERO_DEVICE_API_URL=http://127.0.0.1:7861/device/{secret}",
                "GRADIO_DEFAULT_CONCURRENCY_LIMIT=none",
                "GRADIO_ANALYTICS_ENABLED=False",
                "HF_HUB_DISABLE_TELEMETRY=1",
                "GRADIO_CACHE_EXAMPLES=true",
                "GRADIO_CACHE_MODE=lazy",
                "STINT_HUB=http://127.0.0.1:7860",
                "GRADIO_SERVER_NAME=127.0.0.1",
                "ZEROGPU_PROC_SELF_CGROUP_PATH=/data/spaces/ada/demo/cgroup",
                "GRADIO_SERVER_PORT=4242",
                "PORT=4242",
            ],
            variables);
    }

    [Fact]
    public void Of_ASpaceThatChoosesItsPort_NamesNone() =>
        Assert.DoesNotContain(Environment.Of(RealSpaces.Space("x"), Files, null), one => one.Key.EndsWith("PORT", StringComparison.Ordinal));

    [Fact]
    public void Of_ASpaceSomebodyElseRuns_NamesNoFileOfTheHub() => Assert.DoesNotContain(
        Environment.Of(RealSpaces.Space("x") with { Command = null, Upstream = new("http://127.0.0.1:9000") }, Files, null),
        one => one.Value.StartsWith("/data/", StringComparison.Ordinal));

    [Theory]
    [InlineData(SpaceStage.AppStarting, "APP_STARTING")]
    [InlineData(SpaceStage.Running, "RUNNING")]
    [InlineData(SpaceStage.RuntimeError, "RUNTIME_ERROR")]
    [InlineData(SpaceStage.Stopped, "STOPPED")]
    public void Name_OfAStage_IsTheOneClientsKnow(SpaceStage stage, string expected) => Assert.Equal(expected, stage.Name());
}
