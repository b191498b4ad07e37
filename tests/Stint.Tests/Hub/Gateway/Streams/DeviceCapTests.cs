using System.Net;
using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Gateway.Streams;

public sealed class DeviceCapTests
{
    private static readonly TimeSpan Run = TimeSpan.FromSeconds(8);
    private static readonly GpuTime DeviceCap = GpuTime.FromSeconds(20);

    [Fact]
    [Trait("Behaviour", "B16")]
    public async Task Browsers_OfOneNetwork_HaveACapEachWithinWhatTheNetworkHas()
    {
        using var directory = new TempDirectory();
        var time = new SteppedTime(Samples.Start);
        await using var hub = await GatewayHub.StartAsync(directory, time: time);
        hub.Catalogue.SetPlan(hub.Catalogue.FindPlan(Plan.Anonymous)! with { Allowance = GpuTime.FromSeconds(50), DeviceCap = DeviceCap });
        await using var space = await FakeSpace.StartAsync(new FakeGradio((token, _) => WorkAsync(hub, time, token)).AnswerAsync);
        hub.Serve(GatewayHub.Squares, space.Url);
        var network = IdentityId.OfNetwork("127.0.0.1");

        for (var run = 0; run < 3; run++) await RunAsync(hub, "browser-a");
        var ofOne = hub.Reading(network).Spent;
        Assert.InRange(ofOne.Milliseconds, (long)Run.TotalMilliseconds, DeviceCap.Milliseconds);
        Assert.Contains(hub.Reads.Refusals(network, 1)[0].Reasons, reason => reason.Cause == RefusalCause.DeviceCapReached);

        await RunAsync(hub, "browser-b");
        Assert.Equal(ofOne + new GpuTime((long)Run.TotalMilliseconds), hub.Reading(network).Spent);
    }

    private static async Task<string?> WorkAsync(GatewayHub hub, SteppedTime time, string? token)
    {
        using var client = GatewayHub.NewClient();
        using var answer = await client.PostAsync(
            new Uri($"{hub.DevicePath(GatewayHub.Squares, "schedule")}?cgroupPath=%2F&taskId=1&enableQueue=true&tokenVersion=2&durationSeconds=20&token={token}"), null);
        if (answer.StatusCode != HttpStatusCode.OK) return "no GPU";
        var allow = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("allowToken").GetString();
        time.Advance(Run);
        using var released = await client.PostAsync(new Uri($"{hub.DevicePath(GatewayHub.Squares, "release")}?allowToken={allow}&fail=false"), null);
        return null;
    }

    private static async Task RunAsync(GatewayHub hub, string browser)
    {
        await SendAsync(hub, HttpMethod.Post, "/gradio_api/queue/join", browser, $$"""{"data":[3],"fn_index":0,"session_hash":"{{browser}}"}""");
        await SendAsync(hub, HttpMethod.Get, $"/gradio_api/queue/data?session_hash={browser}", browser, null);
    }

    private static async Task SendAsync(GatewayHub hub, HttpMethod method, string path, string browser, string? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(hub.Address, path));
        request.Headers.TryAddWithoutValidation("Cookie", $"stint-visitor={browser}");
        if (body is not null) request.Content = new StringContent(body);
        using var response = await hub.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await response.Content.ReadAsStringAsync();
    }
}
