using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Store;
using Stint.Hub.Tokens;
using Xunit;

namespace Stint.Tests.Hub.Commands;

public sealed class TokenCommandsTests : IDisposable
{
    private readonly StintConsole stint = new();

    public void Dispose() => stint.Dispose();

    private AccessTokenLookup Find(string text) =>
        new AccessTokens(new Catalogue(new Database(stint.Directory)), HubKeys.Open(stint.Directory).DeriveKey(AccessTokens.KeyPurpose))
            .Find(text, Instant.From(DateTimeOffset.UtcNow));

    [Fact]
    public async Task Create_ForAnAccount_PrintsTheTokenAloneSoThatAScriptCanTakeIt()
    {
        await stint.RunAsync("account", "add", "ada");
        var ran = await stint.RunAsync("token", "create", "ada", "--name", "laptop");
        Assert.Contains("shown this once", ran.Error, StringComparison.Ordinal);
        var found = Find(ran.Output.TrimEnd('\n'));
        Assert.Equal((AccessTokenOutcome.Valid, "ada"), (found.Outcome, found.Account!.Name));
        Assert.Equal(AccessTokenRole.Read, found.Token!.Grant.Role);
    }

    [Fact]
    public async Task Create_FineGrained_HasWhatItNamesAndAnEnd()
    {
        await stint.RunAsync("account", "add", "ada");
        await stint.RunAsync("space", "add", "ada/Demo", "--upstream", "http://127.0.0.1:9000");
        var ran = await stint.RunAsync(
            "token", "create", "ada", "--name", "ci", "--role", "fineGrained", "--permit", "quota.read", "--permit", "spaces.use", "--space", "ADA/demo", "--expires", "30d", "--json");
        var token = Find(ran.Json.GetProperty("token").GetString()!).Token!;
        Assert.Equal([AccessTokenPermission.UseSpaces, AccessTokenPermission.ReadQuota], token.Grant.Permissions);
        Assert.True(token.Grant.Permits(AccessTokenPermission.UseSpaces, new SpaceId("ada", "Demo")));
        Assert.Equal(TimeSpan.FromDays(30), token.ExpiresAt - token.CreatedAt);
    }

    [Fact]
    public async Task Revoke_ById_EndsItAndTheListNeverShowsAText()
    {
        await stint.RunAsync("account", "add", "ada");
        await stint.RunAsync("account", "add", "bob");
        var created = (await stint.RunAsync("token", "create", "ada", "--name", "laptop", "--json")).Json;
        var (text, id) = (created.GetProperty("token").GetString()!, created.GetProperty("id").GetString()!);
        Assert.Equal(0, (await stint.RunAsync("token", "revoke", id)).Code);
        Assert.Contains("already", (await stint.RunAsync("token", "revoke", id)).Output, StringComparison.Ordinal);
        Assert.Equal("token-revoked", Find(text).Cause);
        var list = await stint.RunAsync("token", "list", "ada");
        Assert.Contains("revoked", list.Output, StringComparison.Ordinal);
        var json = await stint.RunAsync("token", "list", "--json");
        Assert.Equal("revoked", json.Json[0].GetProperty("state").GetString());
        Assert.DoesNotContain(text, list.Output + json.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await stint.RunAsync("token", "list", "bob", "--json")).Json.GetArrayLength());
    }

    [Theory]
    [InlineData("token create bob --name x", 1, "stint account list")]
    [InlineData("token create ada --name x --role fineGrained", 1, "choose from spaces.use")]
    [InlineData("token create ada --name x --permit quota.read", 1, "use role fineGrained")]
    [InlineData("token create ada --name x --space ada/none", 1, "stint space list")]
    [InlineData("token create ada --name x --expires 0s", 1, "longer")]
    [InlineData("token list bob", 1, "stint account list")]
    [InlineData("token create ada --name x --expires 30", 2, "30d")]
    [InlineData("token create ada --name x --role god", 2, "'fineGrained'")]
    [InlineData("token create ada --name x --permit all", 2, "'quota.read'")]
    [InlineData("token create ada", 2, "--name")]
    public async Task Token_WhatCannotBe_IsRefusedInASentence(string line, int code, string says)
    {
        await stint.RunAsync("account", "add", "ada");
        var ran = await stint.RunAsync(line.Split(' '));
        Assert.Equal(code, ran.Code);
        Assert.Contains(says, ran.Error, StringComparison.Ordinal);
        Assert.Equal("", ran.Output);
    }

    [Fact]
    public async Task Revoke_WithTheTextItself_DoesNotRepeatIt()
    {
        await stint.RunAsync("account", "add", "ada");
        var text = (await stint.RunAsync("token", "create", "ada", "--name", "x")).Output.TrimEnd('\n');
        var ran = await stint.RunAsync("token", "revoke", text);
        Assert.Equal(1, ran.Code);
        Assert.DoesNotContain(text, ran.Error, StringComparison.Ordinal);
    }
}
