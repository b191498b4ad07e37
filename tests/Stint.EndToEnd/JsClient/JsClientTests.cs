using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.JsClient;

/// <summary>
/// The real JavaScript client against a real hub and a real Space, by the Space's address and by its id: whoever's token it
/// holds pays what was measured, nobody's token is an anonymous visitor, and a token that does not hold is named, never
/// booked to anybody.
/// </summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class JsClientTests(DemoHub demo) : IClassFixture<DemoHub>
{
    /// <summary>Whole, as another hub makes them.</summary>
    private const string OfAnotherHub = "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";

    [GradioJsTheory]
    [InlineData("address", "read")]
    [InlineData("id", "read")]
    [InlineData("address", "fineGrained")]
    [InlineData("id", "fineGrained")]
    [Trait("Behaviour", "B7")]
    public async Task Render_WithToken_ChargesItsHolderWhatWasMeasured(string by, string role)
    {
        var (token, _) = await demo.Ada.TokenAsync(role == "read" ? ["--role", role] : ["--role", role, "--permit", "spaces.use", "--space", DemoHub.Id]);
        var (before, seen, strangers) = (await demo.Ada.PurseAsync(), (await demo.Ada.ReceiptsAsync()).Count, (await demo.MeAsync()).Quota);

        var answer = await CallAsync(by, token);

        Assert.True(answer.Succeeded, answer.Error);
        var receipt = await demo.Ada.ReceiptAfterAsync(seen);
        Assert.Equal(("completed", DemoHub.Id), (receipt.Outcome, receipt.Space));
        Assert.InRange(receipt.MeasuredMilliseconds, 1_000, 20_000);
        Assert.Equal(receipt.MeasuredMilliseconds, receipt.ChargedMilliseconds);
        await demo.Ada.AssertExplainedByAsync(before, receipt);
        var me = await demo.MeAsync(token);
        Assert.Equal(("recognised", "ada", "access-token"), (me.Outcome, me.Account, me.RecognisedBy));
        Assert.Equal((await demo.Ada.PurseAsync()).LeftMilliseconds / 1000m, me.Quota!.LeftSeconds);
        Assert.Equal(strangers, (await demo.MeAsync()).Quota);
    }

    [GradioJsTheory]
    [InlineData("address")]
    [InlineData("id")]
    public async Task Render_WithoutToken_ChargesTheAnonymousVisitorWhatWasMeasured(string by)
    {
        var (me, ada) = (await demo.MeAsync(), await demo.Ada.PurseAsync());
        Assert.Equal("anonymous", me.Outcome);

        var answer = await CallAsync(by, token: null);

        Assert.True(answer.Succeeded, answer.Error);
        await Eventually.True(async () => (await demo.MeAsync()).Quota is { ReservedSeconds: 0 } quota && quota.SpentSeconds > me.Quota!.SpentSeconds);
        var run = LedgerAudit.Of(demo.Hub.Directory).Runs[^1];
        Assert.Equal(me.Identity, run.Identity);
        Assert.Equal(run.EndedAt - run.GrantedAt, run.Charged);
        Assert.Equal(me.Quota!.SpentSeconds + (run.Charged / 1000m), (await demo.MeAsync()).Quota!.SpentSeconds);
        Assert.Equal(ada, await demo.Ada.PurseAsync());
    }

    [GradioJsTheory]
    [InlineData("address", "revoked", "The access token was revoked.")]
    [InlineData("id", "revoked", "The access token was revoked.")]
    [InlineData("address", "expired", "The access token has passed its time.")]
    [InlineData("id", "expired", "The access token has passed its time.")]
    [InlineData("address", "foreign", "This is an access token of another hub.")]
    [InlineData("id", "foreign", "This is an access token of another hub.")]
    [InlineData("address", "malformed", "mistyped or cut short")]
    [InlineData("id", "malformed", "mistyped or cut short")]
    [Trait("Behaviour", "B1")]
    public async Task Render_WithTokenThatDoesNotHold_NamesTheCauseAndMovesNoPurse(string by, string kind, string cause)
    {
        var token = await DeadTokenAsync(kind);
        var (ada, strangers, runs) = (await demo.Ada.PurseAsync(), (await demo.MeAsync()).Quota, LedgerAudit.Of(demo.Hub.Directory).Runs.Count);

        var answer = await CallAsync(by, token);

        Assert.False(answer.Succeeded);
        Assert.Contains(cause, answer.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(token, answer.Error, StringComparison.Ordinal);
        Assert.Equal(ada, await demo.Ada.PurseAsync());
        Assert.Equal(strangers, (await demo.MeAsync()).Quota);
        Assert.Equal(runs, LedgerAudit.Of(demo.Hub.Directory).Runs.Count);
        var me = await demo.MeAsync(token);
        Assert.Equal(("refused", null), (me.Outcome, me.Quota));
        Assert.Contains(cause, me.Because, StringComparison.Ordinal);
        demo.Hub.AssertNoSecretWasPrinted();
    }

    private Task<GradioJsAnswer> CallAsync(string by, string? token) =>
        GradioJs.CallAsync(demo.Hub, by == "id" ? DemoHub.Id : demo.Space.AbsoluteUri, token, DemoHub.Endpoint, DemoHub.Picture());

    private async Task<string> DeadTokenAsync(string kind)
    {
        if (kind == "foreign") return demo.Hub.Secret(OfAnotherHub);
        if (kind == "expired")
        {
            var (shortLived, _) = await demo.Ada.TokenAsync("--role", "read", "--expires", "1s");
            await Eventually.True(async () => (await demo.MeAsync(shortLived)).Outcome == "refused");
            return shortLived;
        }

        var (text, id) = await demo.Ada.TokenAsync("--role", "read");
        if (kind == "malformed") return demo.Hub.Secret(text[..^1]);
        await demo.Hub.Cli.JsonAsync("token", "revoke", id);
        return text;
    }
}
