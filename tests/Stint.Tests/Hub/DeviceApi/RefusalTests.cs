using System.Net;
using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Leasing.Decisions;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Xunit;

namespace Stint.Tests.Hub.DeviceApi;

public sealed class RefusalTests : DeviceHubTest
{
    private const int Pid = 2_000_000_001;

    [Fact]
    [Trait("Behaviour", "B22")]
    public async Task Schedule_NotEnoughLeft_Is429WithLessLeftThanAskedAndTheTimeToTheReset()
    {
        var granted = await Hub.GrantAsync("ada", duration: "170");
        await Hub.AllowAsync(granted.AllowToken, Pid);
        Time.Advance(TimeSpan.FromMilliseconds(165_500));
        await Hub.ReleaseAsync(granted.AllowToken);

        using var response = await Hub.PostAsync(Hub.Schedule(Hub.TokenOf("ada"), duration: "60"));

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(["regular"], response.Headers.GetValues("X-Authenticated"));
        // 210 s - 165.5 s = 44.5 s; 86400 s - 165.5 s = 86234.5 s.
        Assert.Equal((44, 86_235), Quota(await response.Content.ReadAsStringAsync()));
        var refusal = Hub.Reads.Refusals(DeviceHub.IdentityOf("ada"), 10).Single();
        Assert.Equal((RefusalCause.QuotaExceeded, 60_000, 44_500), (refusal.Main.Cause, refusal.Main.Required!.Value.Milliseconds, refusal.Main.Left!.Value.Milliseconds));
        Assert.Equal((165_500, 0, 44_500), (refusal.Reading!.Spent.Milliseconds, refusal.Reading.Reserved.Milliseconds, refusal.Reading.Left.Milliseconds));
        Assert.Equal(refusal.Reading with { At = Hub.Clock.Now }, Hub.Reading("ada"));
    }

    [Fact]
    public async Task Schedule_EverythingHeldByTasksThatWait_NamesAWaitThatIsNeverNothing()
    {
        await Hub.GrantAsync("ada", duration: "200");

        using var response = await Hub.PostAsync(Hub.Schedule(Hub.TokenOf("ada"), duration: "60"));

        var (left, wait) = Quota(await response.Content.ReadAsStringAsync());
        Assert.Equal(10, left);
        Assert.Equal(86_400, wait);
    }

    [Theory]
    [InlineData("210", HttpStatusCode.OK)]
    [InlineData("210.001", HttpStatusCode.TooManyRequests)]
    [InlineData("211", HttpStatusCode.TooManyRequests)]
    [InlineData("99999999999999999999", HttpStatusCode.TooManyRequests)]
    public async Task Schedule_AroundTheLongestDuration_IsIllegalBeyondIt(string duration, HttpStatusCode status)
    {
        using var response = await Hub.PostAsync(Hub.Schedule(Hub.TokenOf("ada"), duration: duration));

        Assert.Equal(status, response.StatusCode);
        if (status == HttpStatusCode.OK) return;
        Assert.Equal((210, -1), Quota(await response.Content.ReadAsStringAsync()));
        Assert.Equal(RefusalCause.DurationNeverAllowed, Hub.Reads.Refusals(DeviceHub.IdentityOf("ada"), 10).Single().Main.Cause);
    }

    [Theory]
    [InlineData("105", HttpStatusCode.OK, 0)]
    [InlineData("106", HttpStatusCode.TooManyRequests, 105)]
    public async Task Schedule_WholeCardThatNoWindowEverHolds_IsIllegalInSecondsOfTheCard(string duration, HttpStatusCode status, long left)
    {
        using var response = await Hub.PostAsync(Hub.Schedule(Hub.TokenOf("ada"), duration: duration, more: "&gpuSize=xlarge"));

        Assert.Equal(status, response.StatusCode);
        if (status != HttpStatusCode.OK) Assert.Equal((left, -1), Quota(await response.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Schedule_NoToken_IsRefusedForNobodyAndKept()
    {
        using var response = await Hub.PostAsync(Hub.Schedule(token: null));

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.False(response.Headers.Contains("X-Authenticated"));
        Assert.Equal((0, 60), Quota(await response.Content.ReadAsStringAsync()));
        Assert.Equal((RefusalCause.NoVisitor, null), RefusalKept());
    }

    [Fact]
    public async Task Schedule_TokenNobodyCanUse_Is401ByCauseAndKept()
    {
        var late = Hub.TokenOf("ada", lifetime: TimeSpan.FromSeconds(30));
        Time.Advance(TimeSpan.FromSeconds(30));
        Hub.Catalogue.SetBlocked(new AccountId("id-bob"), true);
        var ada = DeviceHub.IdentityOf("ada");
        (string Token, RefusalCause Cause, IdentityId? Of)[] table =
        [
            (late, RefusalCause.TokenExpired, ada),
            (Hub.TokenOf("ada")[..^3] + "AAA", RefusalCause.TokenForged, null),
            ("TOK-abc", RefusalCause.TokenForged, null),
            (new string('x', 5000), RefusalCause.TokenForged, null),
            (Hub.TokenOf("ada", DeviceHub.Faces), RefusalCause.TokenOfAnotherSpace, null),
            (Hub.TokenOf("bob"), RefusalCause.IdentityUnknown, DeviceHub.IdentityOf("bob")),
            (Hub.TokenOf("nobody"), RefusalCause.IdentityUnknown, DeviceHub.IdentityOf("nobody")),
        ];
        foreach (var (token, cause, of) in table)
        {
            Time.Advance(TimeSpan.FromMilliseconds(1));
            using var response = await Hub.PostAsync(Hub.Schedule(token));
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal((cause, of?.Value), RefusalKept());
        }

        Assert.Equal(0, Hub.Reading("ada").Reserved.Milliseconds);
    }

    [Fact]
    [Trait("Behaviour", "B13")]
    public async Task Schedule_TokenUsedForAsManyLeasesAsItMay_Is401()
    {
        var token = Hub.Tokens.Issue(DeviceHub.IdentityOf("cleo"), DeviceHub.Squares, NewId.OfEvent(), "/run", TimeSpan.FromMinutes(10));
        for (var i = 0; i < Limits.LeasesPerEvent; i++)
        {
            using var granted = await Hub.PostAsync(Hub.Schedule(token, duration: "1"));
            Assert.Equal(HttpStatusCode.OK, granted.StatusCode);
            var lease = Granted.Read(await granted.Content.ReadAsStringAsync());
            await Hub.AllowAsync(lease.AllowToken, Pid);
            await Hub.ReleaseAsync(lease.AllowToken);
        }

        using var response = await Hub.PostAsync(Hub.Schedule(token, duration: "1"));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(RefusalCause.TokenUsedUp, Hub.Reads.Refusals(DeviceHub.IdentityOf("cleo"), 10).Single().Main.Cause);
    }

    private (RefusalCause Cause, string? Identity) RefusalKept()
    {
        var refusal = Hub.LastRefusal();
        return (refusal.Main.Cause, refusal.Identity?.Value);
    }

    private static (long Left, long Wait) Quota(string json)
    {
        using var document = JsonDocument.Parse(json);
        Assert.Equal(["left", "wait"], document.RootElement.EnumerateObject().Select(property => property.Name));
        return (document.RootElement.GetProperty("left").GetInt64(), document.RootElement.GetProperty("wait").GetInt64());
    }
}
