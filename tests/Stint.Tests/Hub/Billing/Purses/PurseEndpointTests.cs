using System.Net;
using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Billing.Purses;

public sealed class PurseEndpointTests : IDisposable
{
    private readonly BillingHub hub = new();
    private readonly IdentityId ada = IdentityId.Of(new AccountId("ada"));
    private readonly IdentityId bob = IdentityId.Of(new AccountId("bob"));

    public void Dispose() => hub.Dispose();

    [Fact, Trait("Behaviour", "B48"), Trait("Behaviour", "B72")]
    public async Task Grant_SentTwiceWithOneKey_IsGrantedOnce()
    {
        var (first, answer) = await GrantAsync(60, key: "k1");
        hub.Pass(5);
        var (second, _) = await GrantAsync(60, key: "k1");
        var (other, problem) = await GrantAsync(61, key: "k1");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Conflict), (first, second, other));
        Assert.Equal("conflict", problem.GetProperty("code").GetString());
        var credit = Assert.Single(answer.GetProperty("credits").EnumerateArray());
        Assert.Equal(("boost", "usable", 60_000, "a slow day", "root"), (
            credit.GetProperty("kind").GetString(), credit.GetProperty("state").GetString(), credit.GetProperty("leftMilliseconds").GetInt64(),
            credit.GetProperty("reason").GetString(), credit.GetProperty("approver").GetString()));
        var quota = await hub.GetAsync("/v1/quota");
        Assert.Single(quota.GetProperty("credits").EnumerateArray());
        Assert.Equal(210_000 + 60_000, quota.GetProperty("leftInAllMilliseconds").GetInt64());
    }

    [Theory]
    [InlineData("ada", AccessTokenRole.Write, "permission-missing")]
    [InlineData("root", AccessTokenRole.Read, "permission-missing")]
    public async Task Grant_ByOneWhoMayNot_IsForbidden(string account, AccessTokenRole role, string code)
    {
        var (status, problem) = await hub.TellAsync(HttpMethod.Post, "/v1/credits", hub.NewToken(account, role).Text, Credit(60));
        Assert.Equal((HttpStatusCode.Forbidden, code), (status, problem.GetProperty("code").GetString()));
        Assert.Equal(GpuTime.FromSeconds(210), hub.Reads.Ledger(ada).Read(hub.Catalogue.PlanOf(ada), hub.Clock.Now).LeftInAll);
    }

    [Theory]
    [InlineData(0, "because", 60)]
    [InlineData(-1, "because", 60)]
    [InlineData(60, "", 60)]
    [InlineData(60, "  ", 60)]
    [InlineData(60, "because", 0)]
    [InlineData(60, "because", 100_000_000)]
    public async Task Grant_OfWhatMakesNoSense_IsRefusedInWords(double amount, string reason, double lasts)
    {
        var (status, problem) = await hub.TellAsync(
            HttpMethod.Post, "/v1/credits", hub.NewToken("root", AccessTokenRole.Write).Text, new { account = "ada", amountSeconds = amount, reason, expiresInSeconds = lasts });
        Assert.Equal((HttpStatusCode.BadRequest, "request-invalid"), (status, problem.GetProperty("code").GetString()));
    }

    [Fact, Trait("Behaviour", "B25")]
    public async Task Receipt_OfARunThatTwoPursesPaid_HasALineForEach()
    {
        await GrantAsync(60);
        hub.Run(ada, 200, Samples.Function(200));
        var id = hub.Run(ada, 25, Samples.Function(50));

        var receipt = await hub.GetAsync($"/v1/receipts/{id}");
        Assert.Equal("allowance 10000, boost 15000", string.Join(", ", receipt.GetProperty("purses").EnumerateArray().Select(
            purse => $"{purse.GetProperty("purse").GetString()} {purse.GetProperty("amountMilliseconds").GetInt64()}")));
        Assert.Equal("25 s × 1 = 25 s (10 s of the allowance + 15 s of a boost)", receipt.GetProperty("chargeLine").GetString());
    }

    [Fact, Trait("Behaviour", "B52"), Trait("Behaviour", "B44")]
    public async Task Credit_BeforeItsHolderSetsACeiling_AnswersNeedsCredit()
    {
        await GrantAsync(60, "credit");
        hub.Run(ada, 200, Samples.Function(200));
        var before = await hub.QuoteAsync(new { space = "ada/paint", durationSeconds = 30, endpoint = "/new" });
        Assert.Equal((402, "ceiling-reached"), (before.GetProperty("status").GetInt32(), before.GetProperty("reasons")[0].GetProperty("cause").GetString()));

        var (status, ceilings) = await hub.TellAsync(HttpMethod.Put, "/v1/ceilings", hub.NewToken("ada", AccessTokenRole.Write).Text, new { limitSeconds = 20 });
        Assert.Equal((HttpStatusCode.OK, 20_000), (status, ceilings.GetProperty("beyondMilliseconds").GetInt64()));
        var after = await hub.QuoteAsync(new { space = "ada/paint", durationSeconds = 30, endpoint = "/new" });
        Assert.Equal(JsonValueKind.True, after.GetProperty("admitted").ValueKind);
    }

    [Fact, Trait("Behaviour", "B53")]
    public async Task Space_WithACeilingOfMyOwn_RefusesWithItsNumbersAndWhenItFits()
    {
        var (status, _) = await hub.TellAsync(HttpMethod.Put, "/v1/ceilings", hub.NewToken("ada", AccessTokenRole.Write).Text, new { space = "ADA/paint", limitSeconds = 30 });
        Assert.Equal(HttpStatusCode.OK, status);
        hub.Run(ada, 10, Samples.Function(20));
        var reason = (await hub.QuoteAsync(new { space = "ada/paint", durationSeconds = 25, endpoint = "/new" })).GetProperty("reasons")[0];
        Assert.Equal("space-ceiling-reached", reason.GetProperty("cause").GetString());
        Assert.Equal("This run needs 25 s of GPU time and 20 s are left of the 30 s that you allowed yourself at ada/paint in 1 d.", reason.GetProperty("sentence").GetString());
        Assert.Equal(JsonValueKind.String, reason.GetProperty("retryAt").ValueKind);
    }

    [Theory]
    [InlineData("nobody/nothing")]
    [InlineData("no space")]
    public async Task Ceiling_OfASpaceThatIsNone_IsRefused(string space)
    {
        var (status, _) = await hub.TellAsync(HttpMethod.Put, "/v1/ceilings", hub.NewToken("ada", AccessTokenRole.Write).Text, new { space, limitSeconds = 30 });
        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact, Trait("Behaviour", "B33")]
    public async Task Refund_OfAReceipt_StandsOnItAndComesBackOnce()
    {
        var id = hub.Run(ada, 40, Samples.Function(60));
        var root = hub.NewToken("root", AccessTokenRole.Write).Text;
        var (status, receipt) = await hub.TellAsync(HttpMethod.Post, $"/v1/receipts/{id}/refund", root, new { reason = "the GPU failed" });
        Assert.Equal(HttpStatusCode.OK, status);
        var refund = receipt.GetProperty("refunded");
        Assert.Equal((40_000, "the GPU failed", "root"), (refund.GetProperty("amountMilliseconds").GetInt64(), refund.GetProperty("reason").GetString(), refund.GetProperty("by").GetString()));
        await hub.TellAsync(HttpMethod.Post, $"/v1/receipts/{id}/refund", root, new { reason = "again" });
        Assert.Equal(210_000, (await hub.GetAsync("/v1/quota")).GetProperty("leftInAllMilliseconds").GetInt64());
        Assert.Equal("the GPU failed", (await hub.GetAsync($"/v1/receipts/{id}")).GetProperty("refunded").GetProperty("reason").GetString());
    }

    [Fact, Trait("Behaviour", "B33")]
    public async Task Withdraw_OfACredit_EndsIt()
    {
        var (_, granted) = await GrantAsync(60);
        var id = granted.GetProperty("credits")[0].GetProperty("id").GetString();
        var (status, answer) = await hub.TellAsync(HttpMethod.Delete, $"/v1/credits/{id}?reason=mistake", hub.NewToken("root", AccessTokenRole.Write).Text);
        Assert.Equal((HttpStatusCode.OK, "withdrawn"), (status, answer.GetProperty("credits")[0].GetProperty("state").GetString()));
        Assert.Equal(210_000, (await hub.GetAsync("/v1/quota")).GetProperty("leftInAllMilliseconds").GetInt64());
    }

    [Fact, Trait("Behaviour", "B28")]
    public async Task Profile_OfASpace_SaysWhatItsFunctionsTakeToItsOwnerOnly()
    {
        for (var i = 1; i <= 20; i++)
        {
            hub.Run(i % 2 == 0 ? ada : bob, i / 10.0, Samples.Function(60));
        }

        hub.Run(bob, 3, Samples.Function(60), failed: true);
        var (id, _) = hub.Ask(bob, Samples.Function(5, endpoint: "/short"));
        hub.Do(new AllowWorker(id, Samples.Paint, Samples.Worker(77)));
        hub.Pass(6);

        var profile = await hub.GetAsync("/v1/spaces/ada/paint/profile");
        var run = profile.GetProperty("functions")[0];
        Assert.Equal((20, 1, 1.0m, 1.9m, 2.0m, 5m), (
            run.GetProperty("runs").GetInt32(), run.GetProperty("otherEnds").GetInt32(), run.GetProperty("p50Seconds").GetDecimal(),
            run.GetProperty("p95Seconds").GetDecimal(), run.GetProperty("maxSeconds").GetDecimal(), run.GetProperty("suggestedSeconds").GetDecimal()));
        var overran = profile.GetProperty("functions")[1];
        Assert.Equal((100m, 10m), (overran.GetProperty("overrunPercent").GetDecimal(), overran.GetProperty("suggestedSeconds").GetDecimal()));
        using var closed = await hub.SendAsync(HttpMethod.Get, "/v1/spaces/ada/paint/profile", hub.NewToken("bob").Text);
        Assert.Equal(HttpStatusCode.NotFound, closed.StatusCode);
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> GrantAsync(double seconds, string kind = "boost", string? key = null) =>
        hub.TellAsync(HttpMethod.Post, "/v1/credits", hub.NewToken("root", AccessTokenRole.Write).Text, Credit(seconds, kind), key);

    private static object Credit(double seconds, string kind = "boost") =>
        new { account = "ada", amountSeconds = seconds, reason = "a slow day", kind, expiresInSeconds = 86_400 };
}
