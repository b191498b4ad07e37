using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Gateway.Streams;

/// <summary>Whoever leaves stops paying: seen at the ledger and at the slot.</summary>
public sealed class LeaveTests : GatewayTest
{
    private readonly TaskCompletionSource running = new();
    private string bob = "";

    [Fact]
    [Trait("Behaviour", "B32")]
    public async Task Leave_AClosedTab_EndsTheLeaseWithinTwoSeconds()
    {
        await BeginAsync();

        using (await GetAsync("/gradio_api/queue/data?session_hash=abc", bob)) await running.Task.WaitAsync(TimeSpan.FromSeconds(10));

        await EndsWithinTwoSecondsAsync(ExitClass.Cancelled);
    }

    [Fact]
    [Trait("Behaviour", "B32")]
    public async Task Leave_APressedStop_EndsTheLeaseWithinTwoSeconds()
    {
        var id = await BeginAsync();
        using var stream = await GetAsync("/gradio_api/queue/data?session_hash=abc", bob);
        await running.Task.WaitAsync(TimeSpan.FromSeconds(10));

        using (await SendAsync(HttpMethod.Post, "/gradio_api/cancel", null, $$"""{"session_hash":"abc","fn_index":0,"event_id":"{{id}}"}""", bob)) { }

        await EndsWithinTwoSecondsAsync(ExitClass.Cancelled);
    }

    [Fact]
    [Trait("Behaviour", "B83")]
    public async Task Leave_ASpaceThatDrains_LetsTheRunGoOn()
    {
        Hub.Change(GatewayHub.Squares, space => space with { Drains = true });
        await BeginAsync();

        using (await GetAsync("/gradio_api/queue/data?session_hash=abc", bob)) await running.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await Task.Delay(500);

        Assert.NotEqual(GpuTime.Zero, Hub.Reading(GatewayHub.IdentityOf("bob")).Reserved);
    }

    [Fact]
    [Trait("Behaviour", "B32")]
    public async Task Leave_AKilledClientOfAnUnqueuedCall_EndsTheLeaseWithinTwoSeconds()
    {
        await ServeAsync(new FakeGradio(RunAsync).AnswerAsync);
        bob = "Authorization: Bearer " + Hub.AccessToken("bob");
        using var killed = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Hub.Address, "/gradio_api/run/square")) { Content = new StringContent("{}") };
        request.Headers.TryAddWithoutValidation("Authorization", bob.Split(':', 2)[1].Trim());
        var call = Hub.Client.SendAsync(request, killed.Token);
        await running.Task.WaitAsync(TimeSpan.FromSeconds(10));

        await killed.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await EndsWithinTwoSecondsAsync(ExitClass.Cancelled);
    }

    [Fact]
    [Trait("Behaviour", "B32")]
    public async Task Leave_ASpaceThatLeasesAfterItsVisitorWent_GetsNothingThatLasts()
    {
        var asked = new TaskCompletionSource();
        var gone = new TaskCompletionSource();
        await ServeAsync(new FakeGradio(async (token, left) =>
        {
            asked.SetResult();
            await gone.Task;
            return await RunAsync(token, left);
        }).AnswerAsync);
        bob = "Authorization: Bearer " + Hub.AccessToken("bob");
        var id = await JoinAsync();
        using (await GetAsync("/gradio_api/queue/data?session_hash=abc", bob)) await asked.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await Eventually.True(() => Hub.Events.OfWire(GatewayHub.Squares, id)!.HasLeft);

        gone.SetResult();

        await EndsWithinTwoSecondsAsync(ExitClass.Cancelled);
    }

    [Theory]
    [InlineData(false, 5)]
    [InlineData(true, 1)]
    [Trait("Behaviour", "B32")]
    public async Task Leave_AfterTheJoinAndBeforeItsStream_EndsTheLeaseSoon(bool closes, int seconds)
    {
        await ServeAsync(async context =>
        {
            _ = RunAsync(context.Request.Headers["X-IP-Token"], CancellationToken.None);
            await running.Task;
            await context.Response.WriteAsync("""{"event_id":"e1"}""");
        });
        bob = "Authorization: Bearer " + Hub.AccessToken("bob");

        await JoinAsync(closes ? ["Connection: close"] : []);

        var since = Environment.TickCount64;
        await EndsAsync(ExitClass.Cancelled, TimeSpan.FromSeconds(seconds + 2));
        Assert.InRange(Environment.TickCount64 - since, seconds * 1000 - 500, long.MaxValue);
    }

    [Fact]
    public async Task Leave_AStreamInWhichAllCompleted_IsNoLeaving()
    {
        var first = true;
        await ServeAsync(new FakeGradio((token, left) =>
        {
            if (!first) return RunAsync(token, left);
            first = false;
            return Task.FromResult<string?>(null);
        }).AnswerAsync);
        bob = "Authorization: Bearer " + Hub.AccessToken("bob");
        await JoinAsync();
        using (var stream = await GetAsync("/gradio_api/queue/data?session_hash=abc", bob)) await stream.Content.ReadAsStringAsync();
        await JoinAsync();
        var later = GetAsync("/gradio_api/queue/data?session_hash=abc", bob);
        await running.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await Task.Delay(300);

        Assert.NotEqual(GpuTime.Zero, Hub.Reading(GatewayHub.IdentityOf("bob")).Reserved);
        (await later).Dispose();
    }

    private async Task<string> BeginAsync()
    {
        await ServeAsync(new FakeGradio(RunAsync).AnswerAsync);
        bob = "Authorization: Bearer " + Hub.AccessToken("bob");
        return await JoinAsync();
    }

    private async Task<string> JoinAsync(params string[] headers)
    {
        using var joined = await SendAsync(HttpMethod.Post, "/gradio_api/queue/join", null, """{"data":[3],"fn_index":0,"session_hash":"abc"}""", [bob, .. headers]);
        Assert.Equal(HttpStatusCode.OK, joined.StatusCode);
        return JsonDocument.Parse(await joined.Content.ReadAsStringAsync()).RootElement.GetProperty("event_id").GetString()!;
    }

    /// <summary>Leases, says so, and runs until its visitor has left.</summary>
    private async Task<string?> RunAsync(string? token, CancellationToken left)
    {
        using var client = GatewayHub.NewClient();
        using var answer = await client.PostAsync(
            new Uri($"{Hub.DevicePath(GatewayHub.Squares, "schedule")}?cgroupPath=%2F&taskId=1&enableQueue=true&tokenVersion=2&durationSeconds=30&token={token}"), null, CancellationToken.None);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        running.SetResult();
        await Task.Delay(Timeout.Infinite, left).ContinueWith(_ => { }, TaskScheduler.Default);
        return null;
    }

    private Task EndsWithinTwoSecondsAsync(ExitClass exit) => EndsAsync(exit, TimeSpan.FromSeconds(2));

    private async Task EndsAsync(ExitClass exit, TimeSpan within)
    {
        var since = Environment.TickCount64;
        await Eventually.True(() => Hub.Reads.Receipts(GatewayHub.IdentityOf("bob"), 1).Count == 1);
        Assert.InRange(Environment.TickCount64 - since, 0, within.TotalMilliseconds);
        Assert.Equal(exit, Hub.Reads.Receipts(GatewayHub.IdentityOf("bob"), 1).Single().Exit);
    }
}
