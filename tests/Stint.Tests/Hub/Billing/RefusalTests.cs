using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub;
using Stint.Hub.Texts;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Billing;

public sealed class RefusalTests : IDisposable
{
    private readonly BillingHub hub = new();

    public void Dispose() => hub.Dispose();

    public static TheoryData<RefusalCause, int> Statuses => new()
    {
        { RefusalCause.NoVisitor, 401 },
        { RefusalCause.TokenExpired, 401 },
        { RefusalCause.TokenForged, 401 },
        { RefusalCause.TokenOfAnotherSpace, 401 },
        { RefusalCause.IdentityUnknown, 401 },
        { RefusalCause.TokenUsedUp, 401 },
        { RefusalCause.DurationNeverAllowed, 403 },
        { RefusalCause.SizeNotInPool, 403 },
        { RefusalCause.QuotaExceeded, 429 },
        { RefusalCause.CeilingReached, 402 },
        { RefusalCause.SpaceCeilingReached, 429 },
        { RefusalCause.DeviceCapReached, 429 },
        { RefusalCause.AnonymousCapReached, 429 },
        { RefusalCause.TooManyWaiting, 429 },
        { RefusalCause.PoolQueueFull, 503 },
        { RefusalCause.NoGpuInTime, 503 },
    };

    [Theory]
    [MemberData(nameof(Statuses))]
    [Trait("Behaviour", "B44")]
    public void Problem_OfEachCause_HasItsOwnKindOfStatus(RefusalCause cause, int status) => Assert.Equal(status, Problems.StatusOf(cause));

    [Fact]
    public void Statuses_OfTheTable_NameEveryCause() =>
        Assert.Equal(Enum.GetValues<RefusalCause>().Order(), Statuses.Select(row => (RefusalCause)row[0]).Order());

    [Fact]
    public void Codes_OfAllCauses_AreDistinct() =>
        Assert.Distinct(Enum.GetValues<RefusalCause>().Select(RefusalTexts.Code));

    [Fact]
    [Trait("Behaviour", "B43")]
    [Trait("Behaviour", "B70")]
    public async Task Refusal_ForWantOfQuota_NamesRuleNumbersHoldersAndWhenItFits()
    {
        hub.Run(Samples.Ada, 59);
        hub.Run(Samples.Ada, 59);
        hub.Run(Samples.Ada, 59);
        hub.Ask(Samples.Ada, Samples.Function(10, endpoint: "/short"));
        var (id, reply) = hub.Ask(Samples.Ada, Samples.Function(40, endpoint: "/new"));
        Assert.Equal(RequestLeaseOutcome.Refused, reply.Outcome);

        var refusal = await hub.GetAsync("/v1/refusals/refusal-" + id);

        var reason = Assert.Single(refusal.GetProperty("problem").GetProperty("reasons").EnumerateArray());
        Assert.Equal("quota-exceeded", reason.GetProperty("cause").GetString());
        Assert.Equal("gpu-seconds", reason.GetProperty("unit").GetString());
        Assert.Equal(40m, reason.GetProperty("requiredSeconds").GetDecimal());
        Assert.Equal(23m, reason.GetProperty("leftSeconds").GetDecimal());
        Assert.Equal("wait-for-reset", reason.GetProperty("action").GetString());
        Assert.Equal("This run needs 40 s of GPU time and 23 s are left of 210 s: 177 s are spent and 10 s are held by your own tasks that wait or run.", reason.GetProperty("sentence").GetString());
        Assert.Contains(Amounts.Of(Samples.Start + Window.Length), refusal.GetProperty("problem").GetProperty("detail").GetString(), StringComparison.Ordinal);
        var purse = (await hub.GetAsync("/v1/quota")).GetProperty("purses")[0];
        Assert.Equal(purse.GetProperty("id").GetString(), reason.GetProperty("purse").GetString());
    }

    [Fact]
    [Trait("Behaviour", "B27")]
    public async Task Refusal_ThatNoWaitingHelps_NamesTheLimitAndWhoRaisesItAndNoRetry()
    {
        var (id, _) = hub.Ask(Samples.Ada, Samples.Function(211));

        var problem = (await hub.GetAsync("/v1/refusals/refusal-" + id)).GetProperty("problem");

        Assert.Equal(403, problem.GetProperty("status").GetInt32());
        Assert.False(problem.TryGetProperty("retryAt", out _));
        var reason = problem.GetProperty("reasons")[0];
        Assert.Equal(211m, reason.GetProperty("requiredSeconds").GetDecimal());
        Assert.Equal(210m, reason.GetProperty("limitSeconds").GetDecimal());
        Assert.Contains("operator", reason.GetProperty("advice").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("later", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_OfAnother_IsNotThereButForAnAdministrator()
    {
        var (id, _) = hub.Ask(Samples.Ada, Samples.Function(211));

        using var asBob = await hub.SendAsync(HttpMethod.Get, "/v1/refusals/refusal-" + id, hub.NewToken("bob").Text);

        Assert.Equal(HttpStatusCode.NotFound, asBob.StatusCode);
        Assert.Equal("account:ada", (await hub.GetAsync("/v1/refusals/refusal-" + id, "root")).GetProperty("identity").GetString());
        Assert.Empty((await hub.GetAsync("/v1/refusals", "bob")).GetProperty("refusals").EnumerateArray());
        Assert.Single((await hub.GetAsync("/v1/refusals")).GetProperty("refusals").EnumerateArray());
    }

    [Fact]
    public async Task Refusal_OfNobody_IsForAdministratorsOnly()
    {
        hub.Do(new RecordRefusal(new RefusalId("lost"), null, Samples.Function(), Weight.One, RefusalCause.NoVisitor));

        using var asAda = await hub.SendAsync(HttpMethod.Get, "/v1/refusals/lost", hub.NewToken("ada").Text);

        Assert.Equal(HttpStatusCode.NotFound, asAda.StatusCode);
        Assert.StartsWith(
            "The call reached the GPU without an identity token, so nobody was recognised",
            (await hub.GetAsync("/v1/refusals/lost", "root")).GetProperty("problem").GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Whatever a random day leads to: what is said to be required is more than what is said to be left, in every rendering.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [Trait("Behaviour", "B22")]
    public void Refusals_OfARandomDay_AlwaysShowMoreRequiredThanLeft(int seed)
    {
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < 150; i++)
        {
            var declared = new FunctionKey(Samples.Paint, "/f" + random.Next(3), (SlotSize)random.Next(2), random.Next(1, 250_000));
            var (id, reply) = hub.Ask(random.Next(2) == 0 ? Samples.Ada : Samples.Bob, declared);
            if (reply.Refusal is { } refusal)
            {
                refused++;
                AssertMoreRequiredThanLeft(Problems.Of(refusal));
            }
            else if (hub.Reads.Ledger(Samples.Ada).Find(id) is { Lease: not null } run)
            {
                hub.Do(new AllowWorker(id, Samples.Paint, Samples.Worker(i + 1)));
                hub.Pass(random.Next(1, (int)run.Function.DeclaredMilliseconds) / 1000.0 / 10);
                if (hub.Reads.Ledger(Samples.Ada).Find(id) is not null) hub.Release(id);
            }

            hub.Pass(random.NextDouble() * 60);
        }

        Assert.True(refused > 5, $"only {refused} refusals");
    }

    [Theory]
    [InlineData(90_000, "90")]
    [InlineData(100, "1")]
    [InlineData(0, "1")]
    [InlineData(-5_000, "1")]
    [InlineData(1_001, "2")]
    [Trait("Behaviour", "B37")]
    public async Task RetryAfter_OfARefusalWithAKnownEnd_IsWholeSecondsNeverTooSoon(long milliseconds, string expected)
    {
        var context = await WriteAsync(new RefusalReason(RefusalCause.QuotaExceeded, new GpuTime(2), new GpuTime(1), Samples.Start + TimeSpan.FromMilliseconds(milliseconds)));

        Assert.Equal(expected, context.Response.Headers.RetryAfter);
    }

    [Fact]
    [Trait("Behaviour", "B37")]
    public async Task RetryAfter_OfARefusalWithoutAKnownEnd_IsAbsent()
    {
        var context = await WriteAsync(new RefusalReason(RefusalCause.NoGpuInTime), new(RefusalCause.QuotaExceeded, new GpuTime(2), new GpuTime(1), Samples.Start));

        Assert.False(context.Response.Headers.ContainsKey("Retry-After"));
        Assert.Equal(503, context.Response.StatusCode);
        Assert.Equal("application/problem+json", context.Response.ContentType);
        context.Response.Body.Position = 0;
        using var problem = JsonDocument.Parse(context.Response.Body);
        Assert.Equal(2, problem.RootElement.GetProperty("reasons").GetArrayLength());
    }

    private static async Task<HttpContext> WriteAsync(params RefusalReason[] reasons)
    {
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
        await context.Response.WriteAsync(
            new Refusal(new("x"), Samples.Start, Samples.Ada, Samples.Function(), TimeSpan.FromSeconds(60), Weight.One, reasons, null), Samples.Start);
        return context;
    }

    private static void AssertMoreRequiredThanLeft(Problem problem)
    {
        foreach (var reason in problem.Reasons!)
        {
            if (reason.RequiredSeconds is not { } required) continue;
            Assert.True(required > (reason.LeftSeconds ?? reason.LimitSeconds), problem.Detail);
            var shown = System.Text.RegularExpressions.Regex.Matches(reason.Sentence, @"([\d.]+) s\b").Select(match => decimal.Parse(match.Groups[1].Value)).ToList();
            Assert.Equal(required, shown[0]);
            Assert.Contains((reason.LeftSeconds ?? reason.LimitSeconds)!.Value, shown);
        }
    }
}
