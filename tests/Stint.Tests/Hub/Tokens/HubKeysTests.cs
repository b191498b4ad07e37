using Stint.Core.Quota;
using Stint.Hub.Store;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Tokens;

public sealed class HubKeysTests : IDisposable
{
    private readonly TempDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Open_FirstTime_MakesAFileThatOnlyItsOwnerReads()
    {
        HubKeys.Open(directory);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeysFile));
        Assert.Single(Directory.GetFiles(directory));
    }

    [Fact]
    public void Open_Again_IsTheSameKeys()
    {
        var first = HubKeys.Open(directory);
        var second = HubKeys.Open(directory);

        Assert.Equal(first.HubName, second.HubName);
        Assert.Equal(first.Mac("x", "y"), second.Mac("x", "y"));
        Assert.Equal(first.Signing.Single().Kid, second.Signing.Single().Kid);
    }

    [Fact]
    public async Task Open_ManyAtOnce_AllGetTheSameKeys()
    {
        var names = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => HubKeys.Open(directory).HubName)));

        Assert.Single(names.Distinct());
        Assert.Single(Directory.GetFiles(directory));
    }

    [Fact]
    public void Open_FileOthersCanRead_IsRefusedWithWhatToDo()
    {
        HubKeys.Open(directory);
        File.SetUnixFileMode(KeysFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        Assert.Contains("chmod 600", Assert.Throws<HubDirectoryException>(() => HubKeys.Open(directory)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"secret":"AAAA","signing":[{"kid":"a","privateKey":"AAAA"}]}""")]
    [InlineData("""{"secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","signing":[]}""")]
    public void Open_FileThatHoldsNoKeys_IsRefusedAndLeftAsItIs(string text)
    {
        File.WriteAllText(KeysFile, text);
        File.SetUnixFileMode(KeysFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Assert.Throws<HubDirectoryException>(() => HubKeys.Open(directory));
        Assert.Equal(text, File.ReadAllText(KeysFile));
    }

    [Fact]
    public void Rotate_Keys_PutsANewSignerInFrontAndKeepsTheSecret()
    {
        var before = HubKeys.Open(directory);
        var after = HubKeys.Rotate(directory, new Instant(1_800_000_000_000));

        Assert.Equal(2, after.Signing.Count);
        Assert.Equal(before.Signing[0].Kid, after.Signing[1].Kid);
        Assert.Equal(before.HubName, after.HubName);
        Assert.Single(Directory.GetFiles(directory));
    }

    [Fact]
    public void Mac_PartsCutElsewhere_IsAnother()
    {
        var keys = HubKeys.Open(directory);

        Assert.NotEqual(keys.Mac("x", "ab", "c"), keys.Mac("x", "a", "bc"));
        Assert.NotEqual(keys.Mac("x", "a"), keys.Mac("xa"));
        Assert.NotEqual(keys.Mac("x", "a"), keys.Mac("y", "a"));
    }

    private string KeysFile => Path.Combine(directory, HubKeys.FileName);
}
