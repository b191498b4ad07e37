using System.Net;
using System.Text.Json;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Gateway.Streams;

public sealed class LongEventTests
{
    [Fact]
    [Trait("Behaviour", "B13")]
    public async Task Event_HalfAnHourInAQueueAndFiveRuns_StaysWithItsPersonAndIsWorthlessAMinuteAfter()
    {
        using var directory = new TempDirectory();
        var time = new SteppedTime(Samples.Start);
        await using var hub = await GatewayHub.StartAsync(directory, time: time);
        string? token = null;
        await using var space = await FakeSpace.StartAsync(new FakeGradio(async (given, _) =>
        {
            token = given;
            time.Advance(TimeSpan.FromMinutes(30));
            // Alive as it is, another Space can do nothing with it.
            Assert.Null(await ScheduleAsync(hub, given, GatewayHub.Faces));
            for (var run = 0; run < 5; run++)
            {
                var allow = await ScheduleAsync(hub, given);
                time.Advance(TimeSpan.FromSeconds(3));
                using var client = GatewayHub.NewClient();
                using var released = await client.PostAsync(new Uri($"{hub.DevicePath(GatewayHub.Squares, "release")}?allowToken={allow}&fail=false"), null, CancellationToken.None);
            }

            return null;
        }).AnswerAsync);
        hub.Serve(GatewayHub.Squares, space.Url);
        var bob = "Bearer " + hub.AccessToken("bob");

        await SendAsync(hub, HttpMethod.Post, "/gradio_api/queue/join", bob, """{"data":[3],"fn_index":0,"session_hash":"abc"}""");
        await SendAsync(hub, HttpMethod.Get, "/gradio_api/queue/data?session_hash=abc", bob, null);

        var receipts = hub.Reads.Receipts(GatewayHub.IdentityOf("bob"), 10);
        Assert.Equal(5, receipts.Count);
        Assert.All(receipts, receipt => Assert.Equal(("/square", GpuTime.FromSeconds(3)), (receipt.Function.Endpoint, receipt.Charged)));
        Assert.All(receipts, receipt => Assert.Equal(Stint.Core.Identities.EvidenceKind.AccessToken, receipt.Recognition!.By));
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.NotNull(await ScheduleAsync(hub, token));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await ScheduleAsync(hub, token));
    }

    /// <summary>The lease's name; null where it was refused.</summary>
    private static async Task<string?> ScheduleAsync(GatewayHub hub, string? token, SpaceId? at = null)
    {
        using var client = GatewayHub.NewClient();
        using var answer = await client.PostAsync(
            new Uri($"{hub.DevicePath(at ?? GatewayHub.Squares, "schedule")}?cgroupPath=%2F&taskId=1&enableQueue=true&tokenVersion=2&durationSeconds=20&token={token}"), null);
        if (answer.StatusCode == HttpStatusCode.Unauthorized) return null;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("allowToken").GetString();
    }

    private static async Task SendAsync(GatewayHub hub, HttpMethod method, string path, string authorization, string? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(hub.Address, path));
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if (body is not null) request.Content = new StringContent(body);
        using var response = await hub.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await response.Content.ReadAsStringAsync();
    }
}
