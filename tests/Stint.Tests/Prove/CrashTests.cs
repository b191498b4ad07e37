using Stint.Prove.Crashes;
using Xunit;
using Xunit.Abstractions;

namespace Stint.Tests.Prove;

/// <summary>A short form of <c>./stint prove crash</c>: the same kills, disks and damages, fewer of each.</summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private readonly CrashCampaign campaign = new(20_261_122, output.WriteLine);

    [Fact]
    [Trait("Behaviour", "B64")]
    public void Kill_AtRandomMomentsUnderLoad_LosesNothingThatWasAnswered() => Assert.Null(campaign.Kills(12));

    [Fact]
    public void Disk_ThatIsFull_FailsCommitsByNameAndNothingElse() => Assert.Null(campaign.FullDisks(2));

    [Fact]
    public void Disk_WhoseFsyncFails_LosesNothingThatWasAnswered() => Assert.Null(campaign.FailingFsyncs(2));

    [Fact]
    public void File_WithFlippedBytes_IsSoundOrNamedAndNotServed() => Assert.Null(campaign.Damages(20));
}
