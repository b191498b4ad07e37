using System.Net;
using System.Text.Json;
using Stint.Core.Leasing;
using Stint.Core.Spaces;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Billing;

public sealed class ReceiptEndpointTests : IDisposable
{
    private readonly BillingHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    [Trait("Behaviour", "B23")]
    [Trait("Behaviour", "B24")]
    public async Task Receipt_OfARunOnAWholeCard_ShowsDeclaredReservedMeasuredChargedAndTheWeight()
    {
        var id = hub.Run(Samples.Ada, 30, Samples.Function(60, SlotSize.XLarge));

        var receipt = await hub.GetAsync("/v1/receipts/" + id);

        Assert.Equal(60m, receipt.GetProperty("declaredSeconds").GetDecimal());
        Assert.Equal(120m, receipt.GetProperty("reservedCeilingSeconds").GetDecimal());
        Assert.Equal(30m, receipt.GetProperty("measuredSeconds").GetDecimal());
        Assert.Equal(60m, receipt.GetProperty("chargedSeconds").GetDecimal());
        Assert.Equal("30 s × 2 = 60 s", receipt.GetProperty("chargeLine").GetString());
        Assert.Equal("completed", receipt.GetProperty("outcome").GetString());
        var share = Assert.Single(receipt.GetProperty("purses").EnumerateArray());
        Assert.Equal(60_000, share.GetProperty("amountMilliseconds").GetInt64());
    }

    [Fact]
    [Trait("Behaviour", "B31")]
    public async Task Receipt_OfAWaitThatBroke_IsZeroAndSaysWhy()
    {
        hub.Ask(Samples.Bob);
        hub.Ask(Samples.Bob);
        var (id, _) = hub.Ask(Samples.Ada);
        hub.Pass(4);
        hub.Do(new Cancel(id, Undelivered: false));

        var receipt = await hub.GetAsync("/v1/receipts/" + id);

        Assert.Equal(0, receipt.GetProperty("chargedMilliseconds").GetInt64());
        Assert.Equal(4m, receipt.GetProperty("waitSeconds").GetDecimal());
        Assert.Equal("visitor-left", receipt.GetProperty("outcome").GetString());
        Assert.Empty(receipt.GetProperty("purses").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, receipt.GetProperty("device").ValueKind);
    }

    [Fact]
    [Trait("Behaviour", "B31")]
    public async Task Receipt_OfAWaitThatExpired_LeadsToItsRefusal()
    {
        hub.Ask(Samples.Bob, Samples.Function(100));
        hub.Ask(Samples.Bob, Samples.Function(100));
        var (id, _) = hub.Ask(Samples.Ada);
        hub.Pass(60.001);

        var receipt = await hub.GetAsync("/v1/receipts/" + id);
        var refusal = await hub.GetAsync(receipt.GetProperty("refusal").GetString()!);

        Assert.Equal("no-gpu-in-time", receipt.GetProperty("outcome").GetString());
        Assert.Equal("no-gpu-in-time", refusal.GetProperty("problem").GetProperty("code").GetString());
        Assert.Equal(0, receipt.GetProperty("chargedMilliseconds").GetInt64());
    }

    [Fact]
    public async Task Receipt_OfAnother_IsNotThereButForAnAdministrator()
    {
        var id = hub.Run(Samples.Ada, 3);

        using var asBob = await hub.SendAsync(HttpMethod.Get, "/v1/receipts/" + id, hub.NewToken("bob").Text);
        using var never = await hub.SendAsync(HttpMethod.Get, "/v1/receipts/never", hub.NewToken("bob").Text);

        Assert.Equal(HttpStatusCode.NotFound, asBob.StatusCode);
        Assert.Equal(
            (await never.Content.ReadAsStringAsync()).Replace("never", id.Value, StringComparison.Ordinal), await asBob.Content.ReadAsStringAsync());
        Assert.Equal(3m, (await hub.GetAsync("/v1/receipts/" + id, "root")).GetProperty("chargedSeconds").GetDecimal());
    }

    [Fact]
    public async Task Receipt_OfARunThatHasNotEnded_IsNotThereYet()
    {
        var (id, _) = hub.Ask(Samples.Ada);

        using var response = await hub.SendAsync(HttpMethod.Get, "/v1/receipts/" + id, hub.NewToken("ada").Text);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Receipts_PageByPage_AreAllOnceAndTheLastToEndFirst()
    {
        // Two that end in the same millisecond: only the id tells their order, and a page may end between them.
        var ids = Enumerable.Range(0, 5).Select(i => hub.Run(Samples.Ada, i == 3 ? 0 : 1).Value).ToList();
        hub.Run(Samples.Bob, 1);
        var seen = new List<string>();
        for (var next = "/v1/receipts?limit=2"; next is not null;)
        {
            var page = await hub.GetAsync(next);
            seen.AddRange(page.GetProperty("receipts").EnumerateArray().Select(receipt => receipt.GetProperty("id").GetString()!));
            next = page.GetProperty("next").GetString();
        }

        Assert.Equal(Enumerable.Reverse(ids), seen);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("limit=many")]
    [InlineData("format=xml")]
    [InlineData("before=never")]
    public async Task Receipts_AskedWrongly_IsAProblemOfTheClient(string query)
    {
        using var response = await hub.SendAsync(HttpMethod.Get, "/v1/receipts?" + query, hub.NewToken("ada").Text);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    [Trait("Behaviour", "B42")]
    public async Task Export_OfEverything_SumsToTheLedgerExactly()
    {
        foreach (var seconds in new[] { 1.234, 7.001, 0.5, 13.777 }) hub.Run(Samples.Ada, seconds);
        hub.Run(Samples.Ada, 2.5, Samples.Function(20, SlotSize.XLarge), failed: true);
        hub.Do(new Cancel(hub.Ask(Samples.Ada).Id, Undelivered: true));
        var spent = (await hub.GetAsync("/v1/quota")).GetProperty("purses")[0].GetProperty("spentMilliseconds").GetInt64();

        var json = (await hub.GetAsync("/v1/receipts?limit=1000")).GetProperty("receipts").EnumerateArray().ToList();
        using var response = await hub.SendAsync(HttpMethod.Get, "/v1/receipts?limit=1000&format=csv", hub.NewToken("ada").Text);
        var csv = (await response.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')).ToList();

        Assert.Equal("text/csv", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(1_234 + 7_001 + 500 + 13_777 + 5_000, spent);
        Assert.Equal(spent, json.Sum(receipt => receipt.GetProperty("chargedMilliseconds").GetInt64()));
        Assert.Equal(spent, json.Sum(receipt => receipt.GetProperty("purses").EnumerateArray().Sum(share => share.GetProperty("amountMilliseconds").GetInt64())));
        var charged = Array.IndexOf(csv[0], "chargedMilliseconds");
        Assert.Equal(6, csv.Count - 1);
        Assert.Equal(spent, csv.Skip(1).Sum(line => long.Parse(line[charged])));
    }

    [Fact]
    public async Task Export_OfANameThatIsAFormula_IsText()
    {
        hub.Run(Samples.Ada, 1, new FunctionKey(Samples.Paint, "=cmd(\"x\"),1", SlotSize.Large, 60_000));

        using var response = await hub.SendAsync(HttpMethod.Get, "/v1/receipts?format=csv", hub.NewToken("ada").Text);

        Assert.Contains(",\"'=cmd(\"\"x\"\"),1\",", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
