using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Billing;

public sealed class QuotaEndpointTests : IDisposable
{
    private readonly BillingHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    [Trait("Behaviour", "B38")]
    public async Task Quota_OfSomeoneNew_IsTheWholePlanWithoutAReset()
    {
        var quota = await hub.GetAsync("/v1/quota");

        var purse = Assert.Single(quota.GetProperty("purses").EnumerateArray());
        Assert.Equal("allowance", purse.GetProperty("kind").GetString());
        Assert.Equal(210_000, purse.GetProperty("allowanceMilliseconds").GetInt64());
        Assert.Equal(210m, purse.GetProperty("leftSeconds").GetDecimal());
        Assert.Equal(JsonValueKind.Null, purse.GetProperty("resetsAt").ValueKind);
        Assert.Equal("access token", quota.GetProperty("recognisedBy").GetString());
        Assert.Equal("ada", quota.GetProperty("account").GetString());
    }

    [Fact]
    [Trait("Behaviour", "B38")]
    public async Task Quota_WithARunBehindAndOneRunning_AddsUpToTheAllowance()
    {
        hub.Run(Samples.Ada, 12.345);
        hub.Ask(Samples.Ada);
        hub.Pass(2);

        var purse = (await hub.GetAsync("/v1/quota")).GetProperty("purses")[0];

        long Of(string name) => purse.GetProperty(name + "Milliseconds").GetInt64();
        Assert.Equal(12_345, Of("spent"));
        Assert.True(Of("reserved") > 0);
        Assert.Equal(Of("allowance"), Of("spent") + Of("reserved") + Of("left"));
        Assert.Equal(Of("left") / 1000m, purse.GetProperty("leftSeconds").GetDecimal());
        Assert.Equal((Samples.Start + Window.Length).ToUtc().UtcDateTime, purse.GetProperty("resetsAt").GetDateTime());
    }

    [Fact]
    [Trait("Behaviour", "B26")]
    public async Task Quota_WithHolds_ListsEachWithWhatItHoldsAndUntilWhen()
    {
        hub.Ask(Samples.Ada);
        hub.Ask(Samples.Ada);
        var (waiting, _) = hub.Ask(Samples.Ada);
        hub.Pass(3);

        var quota = await hub.GetAsync("/v1/quota");

        var holds = quota.GetProperty("holds").EnumerateArray().ToList();
        Assert.Equal(["running", "running", "waiting"], holds.Select(hold => hold.GetProperty("phase").GetString()!));
        Assert.Equal(waiting.Value, holds[2].GetProperty("id").GetString());
        Assert.Equal((Samples.Start + TimeSpan.FromSeconds(60)).ToUtc().UtcDateTime, holds[2].GetProperty("until").GetDateTime());
        Assert.Equal(3m, holds[0].GetProperty("usedSeconds").GetDecimal());
        Assert.Equal(quota.GetProperty("purses")[0].GetProperty("reservedMilliseconds").GetInt64(), holds.Sum(hold => hold.GetProperty("heldMilliseconds").GetInt64()));
    }

    [Fact]
    [Trait("Behaviour", "B3")]
    [Trait("Behaviour", "B65")]
    public async Task Quota_WhenThePlanIsRaised_ChangesTogetherWithTheGate()
    {
        hub.Run(Samples.Ada, 50);
        hub.Run(Samples.Ada, 50);
        hub.Run(Samples.Ada, 50);
        hub.Run(Samples.Ada, 55, Samples.Function(60));
        var long200 = Samples.Function(200, endpoint: "/other");
        Assert.Equal(RequestLeaseOutcome.Refused, hub.Ask(Samples.Ada, long200).Reply.Outcome);
        Assert.Equal(5m, (await hub.GetAsync("/v1/quota")).GetProperty("purses")[0].GetProperty("leftSeconds").GetDecimal());

        hub.SetPlan(Plan.Free, 10);

        Assert.Equal(395m, (await hub.GetAsync("/v1/quota")).GetProperty("purses")[0].GetProperty("leftSeconds").GetDecimal());
        Assert.Equal(RequestLeaseOutcome.Queued, hub.Ask(Samples.Ada, long200).Reply.Outcome);
    }

    [Fact]
    [Trait("Behaviour", "B36")]
    public async Task Quota_WhenThePlanIsLowered_KeepsWhatTheWindowPromisedAndSaysSo()
    {
        hub.Run(Samples.Ada, 10);
        hub.SetPlan(Plan.Free, 1);

        var purse = (await hub.GetAsync("/v1/quota")).GetProperty("purses")[0];

        Assert.Equal(200m, purse.GetProperty("leftSeconds").GetDecimal());
        Assert.Contains("60 s", purse.GetProperty("notice").GetString(), StringComparison.Ordinal);
        hub.Pass(Window.Length.TotalSeconds);
        purse = (await hub.GetAsync("/v1/quota")).GetProperty("purses")[0];
        Assert.Equal(60m, purse.GetProperty("leftSeconds").GetDecimal());
        Assert.Equal(JsonValueKind.Null, purse.GetProperty("notice").ValueKind);
    }

    [Theory]
    [InlineData("/v1/quota")]
    [InlineData("/v1/receipts")]
    [InlineData("/v1/refusals")]
    [InlineData("/v1/receipts/none")]
    [InlineData("/v1/nowhere")]
    public async Task RateLimit_OnEveryAnswer_IsTheLivePlansOwn(string path)
    {
        hub.Run(Samples.Ada, 10.2);
        hub.Pass(0.5);
        hub.SetPlan(Plan.Free, 25);

        using var response = await hub.SendAsync(HttpMethod.Get, path, hub.NewToken("ada").Text);

        Assert.Equal("\"daily\";q=1500;qu=\"gpu-seconds\";w=86400", Assert.Single(response.Headers.GetValues("RateLimit-Policy")));
        Assert.True(response.Headers.CacheControl!.NoStore);
        // 1489.8 s are left, so 1489 whole ones; the reset is 86389.3 s away, so not before 86390.
        Assert.Equal("\"daily\";r=1489;t=86390", Assert.Single(response.Headers.GetValues("RateLimit")));
    }

    [Fact]
    public async Task RateLimit_WithoutAWindow_PromisesNoReset()
    {
        using var response = await hub.SendAsync(HttpMethod.Get, "/v1/quota", hub.NewToken("ada").Text);

        Assert.Equal("\"daily\";r=210", Assert.Single(response.Headers.GetValues("RateLimit")));
    }

    [Fact]
    public async Task Quota_OfAnother_IsAnothers()
    {
        hub.Run(Samples.Ada, 30);

        var (ada, bob) = (await hub.GetAsync("/v1/quota"), await hub.GetAsync("/v1/quota", "bob"));

        Assert.Equal(0, bob.GetProperty("purses")[0].GetProperty("spentMilliseconds").GetInt64());
        Assert.NotEqual(ada.GetProperty("purses")[0].GetProperty("id").GetString(), bob.GetProperty("purses")[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task UnknownAddress_UnderV1_IsAProblemToo()
    {
        using var response = await hub.SendAsync(HttpMethod.Get, "/v1/nowhere", hub.NewToken("ada").Text);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("not-found", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
    }
}
