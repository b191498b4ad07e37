using System.Text;
using Stint.Core.Identities;
using Stint.Hub.Accounts;
using Stint.Hub.Tokens;
using Xunit;

namespace Stint.Tests.Hub.Store;

public sealed class SecretsTests : IDisposable
{
    private readonly HubFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void DataFiles_AfterSecretsWentThrough_HoldNoneOfThem()
    {
        var ada = folder.Add("ada");
        const string password = "planted-password-7391";
        new Passwords(folder.Catalogue).Set(ada.Id, password, HubFolder.Now);
        var tokens = new AccessTokens(folder.Catalogue, new byte[32]);
        var token = tokens.Create(ada.Id, "planted-name", new(AccessTokenRole.Read, []), HubFolder.Now).Text!;
        tokens.Find(token, HubFolder.Now);
        tokens.Find("hf_" + new string('P', 34), HubFolder.Now);
        var links = new SetUpLinks(folder.Catalogue);
        var open = links.Create(ada.Id, HubFolder.Now)!;
        var used = links.Create(ada.Id, HubFolder.Now)!;
        links.Redeem(used, "planted-second-password", HubFolder.Now);

        var bytes = string.Concat(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Select(ReadShared));
        Assert.Contains("planted-name", bytes, StringComparison.Ordinal);
        Assert.All(
            new[] { password, "planted-second-password", token, token[3..], new string('P', 34), open, used },
            secret => Assert.DoesNotContain(secret, bytes, StringComparison.Ordinal));
    }

    private static string ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file, Encoding.Latin1);
        return reader.ReadToEnd();
    }
}
