using System.Globalization;
using System.Net;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Seed;

/// <summary>The seed's causes where a program calls, or a proxy stands between.</summary>
public sealed class ProgramSeedTests(SeedHub seed) : SeedTest(seed), IClassFixture<SeedHub>
{
    [Theory]
    [InlineData("Authorization", "{0}", "authorization-foreign")]
    [InlineData("Authorization", "Token {0}", "authorization-foreign")]
    [InlineData("X-IP-Token", "{0}", "identity-token-malformed")]
    [InlineData("x-zerogpu-token", "{0}", "space-token-malformed")]
    [Trait("Behaviour", "B1")]
    public async Task WrongHeader_ThatTheHubReads_IsRefusedByName(string name, string form, string code)
    {
        using var program = Seed.Visitor();
        (string, string) header = (name, string.Format(CultureInfo.InvariantCulture, form, (await Seed.Ada.TokenAsync("--role", "read")).Text));

        var refused = await program.RunAsync(1, header);

        Assert.Equal((HttpStatusCode.Unauthorized, code), (refused.Status, refused.Code));
        var me = await program.MeAsync(header);
        Assert.Equal(("refused", null), (me.Outcome, me.Quota));
        Assert.StartsWith(me.Because, refused.Error, StringComparison.Ordinal);
        Assert.Contains(me.HowToBeRecognised!, refused.Error, StringComparison.Ordinal);
        Assert.Equal(0m, (await program.MeAsync()).Quota!.SpentSeconds);
        // The hub's own address reads one of these headers only, and names what is wrong with that.
        var (status, problem) = await program.MeAtHubAsync(header);
        Assert.Equal(
            (HttpStatusCode.Unauthorized, name == "Authorization" ? "evidence-unusable" : "evidence-missing"), (status, problem.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("X-Access-Token")]
    [InlineData("HF-Token")]
    public async Task WrongHeader_ThatNobodyReads_IsAStrangerAndToldWhatToSend(string name)
    {
        using var program = Seed.Visitor();
        (string, string) header = (name, (await Seed.Ada.TokenAsync("--role", "read")).Text);
        var before = await Seed.Ada.PurseAsync();

        AssertAnonymous(await program.MeAsync(header), program.Address);
        await AssertRefusalExplainedAsync(program, header);

        Assert.Contains("Authorization: Bearer hf_", (await program.MeAsync(header)).HowToBeRecognised, StringComparison.Ordinal);
        Assert.Equal(before, await Seed.Ada.PurseAsync());
    }

    [Fact]
    [Trait("Behaviour", "B1")]
    public async Task ExpiredToken_IsRefusedByNameAndBooksNobody()
    {
        var (token, _) = await Seed.Ada.TokenAsync("--role", "read", "--expires", "1s");
        using var program = Seed.Visitor();
        await Eventually.True(async () => (await program.MeAsync(Bearer(token))).Outcome == "refused");
        var before = await Seed.Ada.PurseAsync();

        var refused = await program.RunAsync(1, Bearer(token));

        Assert.Equal((HttpStatusCode.Unauthorized, "access-token-expired"), (refused.Status, refused.Code));
        Assert.StartsWith((await program.MeAsync(Bearer(token))).Because, refused.Error, StringComparison.Ordinal);
        var (status, problem) = await program.MeAtHubAsync(Bearer(token));
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Contains("access-token-expired", problem.ToString(), StringComparison.Ordinal);
        Assert.Equal(before, await Seed.Ada.PurseAsync());
        Assert.Equal(0m, (await program.MeAsync()).Quota!.SpentSeconds);
    }
}
