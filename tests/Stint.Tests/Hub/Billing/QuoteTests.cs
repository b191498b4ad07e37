using System.Net;
using System.Text.Json;
using Stint.Core.Leasing;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Billing;

[Trait("Behaviour", "B39")]
public sealed class QuoteTests : IDisposable
{
    private readonly BillingHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    public async Task Quote_WithEverythingFree_IsAdmittedAtOnceForItsDeclaredDuration()
    {
        var quote = await hub.QuoteAsync(new { space = "ada/paint" });

        Assert.True(quote.GetProperty("admitted").GetBoolean());
        Assert.Equal(0m, quote.GetProperty("expectedWaitSeconds").GetDecimal());
        Assert.Equal(60m, quote.GetProperty("cost").GetProperty("ceilingSeconds").GetDecimal());
        Assert.Equal("60 s × 1 = 60 s", quote.GetProperty("cost").GetProperty("line").GetString());
        Assert.Equal("account:ada", quote.GetProperty("payer").GetProperty("identity").GetString());
        Assert.True(quote.GetProperty("validUntil").GetDateTime() > quote.GetProperty("at").GetDateTime());
    }

    [Fact]
    public async Task Quote_OfAFunctionThatRanBefore_ExpectsWhatItTook()
    {
        for (var i = 0; i < 3; i++) hub.Run(Samples.Ada, 8);

        var quote = await hub.QuoteAsync(new { space = "ada/paint", endpoint = "run" });

        Assert.Equal(8m, quote.GetProperty("cost").GetProperty("expectedSeconds").GetDecimal());
        Assert.Equal(60m, quote.GetProperty("cost").GetProperty("ceilingSeconds").GetDecimal());
    }

    [Fact]
    public async Task Quote_BehindOthers_ExpectsToWaitForTheFirstOfThem()
    {
        hub.Ask(Samples.Bob);
        hub.Pass(10);
        hub.Ask(Samples.Bob);
        hub.Ask(Samples.Bob);

        var quote = await hub.QuoteAsync(new { space = "ada/paint" });

        // Bob's three tasks delay Bob's waiting one past ada's, so ada waits for the run that has 50 s to go at most.
        Assert.InRange(quote.GetProperty("expectedWaitSeconds").GetDecimal(), 49m, 50m);
    }

    [Fact]
    public async Task Quote_ThatDoesNotFitTheRestButTheFloor_SaysWhereItWouldBeStopped()
    {
        for (var i = 0; i < 20; i++) hub.Run(Samples.Ada, 10);

        var quote = await hub.QuoteAsync(new { space = "ada/paint", endpoint = "/run" });

        Assert.True(quote.GetProperty("admitted").GetBoolean());
        Assert.Equal(10_000, quote.GetProperty("hardStopMilliseconds").GetInt64());
    }

    /// <summary>On a random day the quote and the gate never disagree, and asking changes nothing.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Quote_BeforeEachRequestOfARandomDay_SaysWhatTheGateThenDecides(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 40; i++)
        {
            var (seconds, size) = (random.Next(1, 250), (SlotSize)random.Next(2));
            var quote = await hub.QuoteAsync(new { space = "ada/paint", endpoint = "/run", durationSeconds = seconds, gpuSize = size == SlotSize.Large ? "large" : "xlarge" });
            var (id, reply) = hub.Ask(Samples.Ada, Samples.Function(seconds, size));

            Assert.Equal(reply.Refusal is null, quote.GetProperty("admitted").GetBoolean());
            var expected = reply.Refusal is null ? [] : Stint.Hub.Problems.Of(reply.Refusal).Reasons!.Select(reason => (reason.Cause, reason.RequiredSeconds, reason.LeftSeconds));
            Assert.Equal(expected, quote.GetProperty("reasons").EnumerateArray().Select(reason => (
                reason.GetProperty("cause").GetString()!, Optional(reason, "requiredSeconds"), Optional(reason, "leftSeconds"))));
            hub.Pass(random.Next(1, 100));
            if (hub.Reads.Ledger(Samples.Ada).Find(id)?.Lease is not null) hub.Release(id);
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"space":"nope"}""")]
    [InlineData("""{"space":"ada/paint","durationSeconds":0}""")]
    [InlineData("""{"space":"ada/paint","durationSeconds":86401}""")]
    [InlineData("""{"space":"ada/paint","gpuSize":"huge"}""")]
    [InlineData("""{"space":5}""")]
    public async Task Quote_AskedWrongly_IsAProblemOfTheClient(string body)
    {
        using var document = JsonDocument.Parse(body);
        using var response = await hub.SendAsync(HttpMethod.Post, "/v1/quote", hub.NewToken("ada").Text, document.RootElement);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Quote_ForASpaceThatIsNot_IsNotFound()
    {
        using var response = await hub.SendAsync(HttpMethod.Post, "/v1/quote", hub.NewToken("ada").Text, new { space = "ada/none" });

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static decimal? Optional(JsonElement element, string name) =>
        element.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDecimal() : null;
}
