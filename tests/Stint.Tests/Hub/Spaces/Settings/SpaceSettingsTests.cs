using System.Text;
using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Spaces;
using Stint.Hub.Spaces.Settings;
using Stint.Hub.Store;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Spaces.Settings;

public sealed class SpaceSettingsTests : IDisposable
{
    private const string Secret = "tok-4711-quite-secret";

    private readonly TempDirectory directory = new();
    private readonly Catalogue catalogue;
    private readonly SpaceSettings settings;

    public SpaceSettingsTests()
    {
        catalogue = new Catalogue(new Database(directory));
        Assert.Equal(AddAccountOutcome.Added, catalogue.AddAccount(new Account(new("ada"), "ada", AccountRole.Member, Plan.Free, Samples.Start)));
        Assert.Equal(AddSpaceOutcome.Added, catalogue.AddSpace(new Space(Samples.Paint, new("ada"), SpaceVisibility.Public, null, "true", "/tmp")));
        settings = new SpaceSettings(catalogue, new byte[32]);
    }

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Set_ASecret_IsReadBackByTheHubAloneAndStandsNowhereInTheFile()
    {
        var version = catalogue.Version();
        Assert.Equal(SetSettingOutcome.Set, settings.Set(Samples.Paint, new("API_KEY", Secret, IsSecret: true)));
        Assert.Equal([new SpaceSetting("API_KEY", Secret, true)], settings.Of(Samples.Paint));
        Assert.Equal(1, catalogue.FindSpace(Samples.Paint)!.Settings);
        Assert.True(catalogue.Version() > version);
        foreach (var file in Directory.EnumerateFiles(directory))
            Assert.DoesNotContain(Secret, Encoding.Latin1.GetString(Read(file)), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, settings.Of(Samples.Paint).Single().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_WithOtherKeys_SaysWhatToDo()
    {
        settings.Set(Samples.Paint, new("API_KEY", Secret, IsSecret: true));
        var other = new SpaceSettings(catalogue, [.. Enumerable.Repeat((byte)1, 32)]);
        Assert.Contains("keys.json", Assert.Throws<HubDirectoryException>(() => other.Of(Samples.Paint)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unset_OfTheOtherKind_LeavesIt()
    {
        settings.Set(Samples.Paint, new("A", "1", IsSecret: true));
        Assert.False(settings.Unset(Samples.Paint, "A", isSecret: false));
        Assert.True(settings.Unset(Samples.Paint, "A", isSecret: true));
        Assert.Empty(settings.Of(Samples.Paint));
        Assert.Equal(2, catalogue.FindSpace(Samples.Paint)!.Settings);
    }

    [Fact]
    public void Set_PastTheMost_IsRefusedButReplacingIsNot()
    {
        for (var i = 0; i < SpaceSetting.Most; i++) Assert.Equal(SetSettingOutcome.Set, settings.Set(Samples.Paint, new("N" + i, "v", false)));
        Assert.Equal(SetSettingOutcome.TooMany, settings.Set(Samples.Paint, new("ONE_MORE", "v", false)));
        Assert.Equal(SetSettingOutcome.Set, settings.Set(Samples.Paint, new("N0", "w", false)));
        Assert.Equal(SetSettingOutcome.SpaceUnknown, settings.Set(new("no", "such"), new("A", "v", false)));
    }

    [Fact]
    public void Remove_OfTheSpace_ForgetsThem()
    {
        settings.Set(Samples.Paint, new("A", "1", IsSecret: true));
        catalogue.RemoveSpace(Samples.Paint);
        Assert.Empty(settings.Of(Samples.Paint));
    }

    [Theory]
    [InlineData("HF_TOKEN", true)]
    [InlineData("_x9", true)]
    [InlineData("9X", false)]
    [InlineData("A-B", false)]
    [InlineData("", false)]
    [InlineData("PATH", false)]
    [InlineData("LD_PRELOAD", false)]
    [InlineData("STINT_RUN", false)]
    [InlineData("SPACES_ZERO_DEVICE_API_URL", false)]
    public void Name_OfASetting_IsAVariablesAndNoneOfTheHubs(string name, bool isFree) => Assert.Equal(isFree, SettingName.Problem(name) is null);

    [Fact]
    public void Mask_OfALine_TakesSecretsOutAndLeavesTheRest()
    {
        var mask = new SecretMask([new("A", Secret, true), new("B", "plain-value", false), new("C", "abc", true), new("D", "line-one\nline-two", true)]);
        Assert.Equal("x … plain-value abc … …", mask.Of($"x {Secret} plain-value abc line-one line-two"));
    }

    private static byte[] Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
