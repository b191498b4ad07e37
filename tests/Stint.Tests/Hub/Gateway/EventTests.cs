using System.Net;
using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Tokens;
using Xunit;

namespace Stint.Tests.Hub.Gateway;

public sealed class EventTests : GatewayTest
{
    private const string Join = """{"data":[3],"event_data":null,"fn_index":0,"trigger_id":null,"session_hash":"abc"}""";

    [Fact]
    public async Task Join_AnEvent_TellsTheSpaceWhoPaysForWhichEndpoint()
    {
        var space = await ServeGradioAsync((_, _) => Task.FromResult<string?>(null));

        await RunAsync("Authorization: Bearer " + Hub.AccessToken("ada"));

        var facts = RecognisingTests.Facts(space, Hub);
        Assert.Equal((GatewayHub.IdentityOf("ada"), "/square", EvidenceKind.AccessToken), (facts.Identity, facts.Endpoint, facts.Recognition!.By));
        Assert.DoesNotContain(space.Seen, seen => !seen.Target.StartsWith("POST", StringComparison.Ordinal) && seen.Headers.ContainsKey("X-IP-Token"));
    }

    [Theory]
    [InlineData("/gradio_api/call/square", "/square")]
    [InlineData("/call/square", "/square")]
    [InlineData("/gradio_api/call/v2/square", "/square")]
    [InlineData("/gradio_api/run/square", "/square")]
    [InlineData("/gradio_api/mcp/", "/mcp")]
    [InlineData("/gradio_api/component_server", "/component_server")]
    [InlineData("/generate", "/generate")]
    public async Task Post_WhateverTheDoor_IsAttributed(string path, string endpoint)
    {
        var space = await ServeOkAsync();

        using var response = await SendAsync(HttpMethod.Post, path, null, "{}", "Authorization: Bearer " + Hub.AccessToken("bob"));

        var facts = RecognisingTests.Facts(space, Hub);
        Assert.Equal((GatewayHub.IdentityOf("bob"), endpoint), (facts.Identity, facts.Endpoint));
    }

    [Fact]
    [Trait("Behaviour", "B9")]
    public async Task Join_AnIdentityFromOutside_IsNotPassedOn()
    {
        var space = await ServeGradioAsync((_, _) => Task.FromResult<string?>(null));

        await RunAsync("x_ip_token: forged", "X-Forwarded-For: 198.51.100.1", "X-Real-IP: 198.51.100.1", "X-Forwarded-Host: evil.example", "Forwarded: for=198.51.100.1");

        Assert.Equal(IdentityId.OfNetwork("127.0.0.1"), RecognisingTests.Facts(space, Hub).Identity);
        Assert.DoesNotContain(space.Seen.SelectMany(seen => seen.Headers), header => header.Value.Contains("198.51", StringComparison.Ordinal) || header.Value.Contains("evil", StringComparison.Ordinal) || header.Value == "forged");
    }

    [Fact]
    [Trait("Behaviour", "B13")]
    public async Task Token_OfAnEventThatGoesOn_Holds_AndEndsAMinuteAfterIt()
    {
        string? token = null;
        await ServeGradioAsync((given, _) =>
        {
            token = given;
            Assert.Equal(TokenOutcome.Valid, Check(given!).Outcome);
            return Task.FromResult<string?>(null);
        });

        await RunAsync();

        var now = Hub.Clock.Now;
        Assert.Equal(TokenOutcome.Valid, Hub.Tokens.Check(token!, GatewayHub.Squares, now + TimeSpan.FromSeconds(30)).Outcome);
        Assert.Equal(TokenOutcome.Expired, Hub.Tokens.Check(token!, GatewayHub.Squares, now + TimeSpan.FromSeconds(61)).Outcome);
        Assert.Equal(TokenOutcome.OfAnotherSpace, Check(token!, GatewayHub.Faces).Outcome);
    }

    [Fact]
    [Trait("Behaviour", "B17")]
    public async Task Refused_InAQueuedEvent_CauseAndAddressStandBehindTheAppsOwnText()
    {
        await ServeGradioAsync(ScheduleAsync);

        var messages = await RunAsync();

        using var completed = JsonDocument.Parse(messages.Single(message => message.Contains("process_completed", StringComparison.Ordinal))["data: ".Length..]);
        var error = Error(messages);
        Assert.StartsWith("You have exceeded your GPU quota (600s requested vs. 120s left). You were counted as an anonymous visitor (127.0.0.1): no sign-in reached this Space.", error, StringComparison.Ordinal);
        Assert.Contains($"{Hub.Options.Url}refusals/f_", error, StringComparison.Ordinal);
        Assert.Equal("ZeroGPU quota exceeded", completed.RootElement.GetProperty("output").GetProperty("title").GetString());
    }

    [Fact]
    public async Task Refused_InACallStream_CauseAndAddressStandBehindTheAppsOwnText()
    {
        await ServeGradioAsync(ScheduleAsync);
        var token = "Authorization: Bearer " + Hub.AccessToken("bob");

        using var begun = await SendAsync(HttpMethod.Post, "/gradio_api/call/square", null, """{"data":[3]}""", token);
        var id = JsonDocument.Parse(await begun.Content.ReadAsStringAsync()).RootElement.GetProperty("event_id").GetString();
        using var stream = await GetAsync("/gradio_api/call/square/" + id, token);

        var text = await stream.Content.ReadAsStringAsync();
        Assert.StartsWith("event: heartbeat\ndata: null\n\nevent: error\ndata: {\"error\":\"You have exceeded", text, StringComparison.Ordinal);
        Assert.Contains("You were counted as bob, recognised by an access token.", text, StringComparison.Ordinal);
        Assert.EndsWith("\",\"duration\":10,\"visible\":true,\"title\":\"Error\"}\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Behaviour", "B12")]
    public async Task Refused_OnAThreadThatLostItsVisitor_IsToldBesideTheEventAndCountsNobody()
    {
        await ServeGradioAsync(OnAThreadAsync);

        var error = Error(await RunAsync("Authorization: Bearer " + Hub.AccessToken("bob")));

        Assert.StartsWith(
            "Space app has reached its GPU limit Nobody was counted: while this ran, ada/squares asked for a GPU without saying for whom, as a background thread does, and was refused. "
            + "You are bob here and nothing of yours was used: 210 s of 210 s left.", error, StringComparison.Ordinal);
        Assert.Contains($"{Hub.Options.Url}refusals/f_", error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Behaviour", "B12")]
    public async Task Refused_OnAThread_WhileAnotherEventGoesOnToo_IsNobodysToTell()
    {
        await ServeGradioAsync((token, left) =>
        {
            Hub.Events.Begin(GatewayHub.Squares, GatewayHub.IdentityOf("ada"));
            return OnAThreadAsync(token, left);
        });

        Assert.Equal("Space app has reached its GPU limit", Error(await RunAsync("Authorization: Bearer " + Hub.AccessToken("bob"))));
    }

    [Fact]
    public async Task Refused_OnAThread_BesideAnEventThatHadItsGpu_IsNotWhyThatFailed()
    {
        await ServeGradioAsync(async (token, left) =>
        {
            Assert.True(await ScheduleAsync(token, "5"));
            return await OnAThreadAsync(token, left);
        });

        Assert.Equal("Space app has reached its GPU limit", Error(await RunAsync("Authorization: Bearer " + Hub.AccessToken("bob"))));
    }

    [Fact]
    public async Task Failed_ForAReasonOfTheAppsOwn_IsPassedByteForByte()
    {
        await ServeGradioAsync((_, _) => Task.FromResult<string?>("your number is odd"));

        var messages = await RunAsync();

        Assert.EndsWith(
            "\"output\":{\"error\":\"your number is odd\",\"duration\":10,\"visible\":true,\"title\":\"ZeroGPU quota exceeded\"},\"success\":false,\"title\":\"ZeroGPU quota exceeded\"}",
            messages.Single(message => message.Contains("process_completed", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Behaviour", "B8")]
    public async Task Delegate_ASpaceThatCallsAnother_IsItsVisitorThere_AndTwoHopsAreTheMost()
    {
        FakeSpace[] others = [await ServeOkAsync(GatewayHub.Faces), await ServeOkAsync(GatewayHub.Third)];
        await ServeGradioAsync(async (token, _) =>
        {
            using var onwards = await SendAsync(HttpMethod.Post, "/run/face", GatewayHub.Faces, "{}", "X-IP-Token: " + token);
            Assert.Equal(HttpStatusCode.OK, onwards.StatusCode);
            return null;
        });

        await RunAsync("Authorization: Bearer " + Hub.AccessToken("ada"));

        var once = RecognisingTests.Facts(others[0], Hub, GatewayHub.Faces);
        Assert.Equal((GatewayHub.IdentityOf("ada"), GatewayHub.Squares, 1, EvidenceKind.AccessToken), (once.Identity, once.Recognition!.Via!.Value, once.Recognition.Hops, once.Recognition.By));
    }

    [Fact]
    [Trait("Behaviour", "B8")]
    public async Task Delegate_AThirdHop_IsRefused()
    {
        await ServeOkAsync(GatewayHub.Third);
        var token = Hub.Tokens.Issue(
            GatewayHub.IdentityOf("ada"), GatewayHub.Faces, Hub.Events.Begin(GatewayHub.Faces, GatewayHub.IdentityOf("ada")).Id, "/x", TimeSpan.FromHours(1),
            new Recognition(EvidenceKind.Cookie, new SpaceId("a", "b"), GatewayHub.Squares));

        using var response = await SendAsync(HttpMethod.Post, "/run/x", GatewayHub.Third, "{}", "X-IP-Token: " + token);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains("delegated-token-too-many-hops", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delegate_AnEventThatIsOver_IsRefused()
    {
        await ServeOkAsync(GatewayHub.Faces);
        var over = Hub.Events.Begin(GatewayHub.Squares, GatewayHub.IdentityOf("ada"));
        for (var i = 0; i < LiveEvents.MostOfIdentity; i++) Hub.Events.Begin(GatewayHub.Squares, GatewayHub.IdentityOf("ada"));
        var token = Hub.Tokens.Issue(GatewayHub.IdentityOf("ada"), GatewayHub.Squares, over.Id, "/x", TimeSpan.FromHours(1));

        using var response = await SendAsync(HttpMethod.Post, "/run/x", GatewayHub.Faces, "{}", "X-IP-Token: " + token);

        Assert.Contains("delegated-token-event-over", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static string Error(string[] messages)
    {
        using var completed = JsonDocument.Parse(messages.Single(message => message.Contains("process_completed", StringComparison.Ordinal))["data: ".Length..]);
        return completed.RootElement.GetProperty("output").GetProperty("error").GetString()!;
    }

    /// <summary>What the spaces package does where a thread of the app's own calls it: there is no request to take a token from.</summary>
    private async Task<string?> OnAThreadAsync(string? token, CancellationToken left) => await ScheduleAsync("", "5") ? null : "Space app has reached its GPU limit";

    private Task<FakeSpace> ServeGradioAsync(Func<string?, CancellationToken, Task<string?>> function) => ServeAsync(new FakeGradio(function).AnswerAsync);

    private Task<FakeSpace> ServeOkAsync(SpaceId space) => ServeAsync(context => Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, "ok"), space);

    /// <summary>Joins the queue and reads the session's stream to its end: its messages.</summary>
    private async Task<string[]> RunAsync(params string[] headers)
    {
        using var joined = await SendAsync(HttpMethod.Post, "/gradio_api/queue/join", null, Join, headers);
        Assert.Equal(HttpStatusCode.OK, joined.StatusCode);
        using var stream = await GetAsync("/gradio_api/queue/data?session_hash=abc", headers);
        return (await stream.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>What the spaces package does: asks for more than anyone may have, and says so to its visitor.</summary>
    private async Task<string?> ScheduleAsync(string? token, CancellationToken left) =>
        await ScheduleAsync(token, "600") ? null : "You have exceeded your GPU quota (600s requested vs. 120s left).";

    private async Task<bool> ScheduleAsync(string? token, string seconds)
    {
        using var client = GatewayHub.NewClient();
        using var answer = await client.PostAsync(
            new Uri($"{Hub.DevicePath(GatewayHub.Squares, "schedule")}?cgroupPath=%2F&taskId=1&enableQueue=true&tokenVersion=2&durationSeconds={seconds}&token={token}"), null);
        return answer.StatusCode == HttpStatusCode.OK;
    }

    private TokenCheck Check(string token, SpaceId? at = null) => Hub.Tokens.Check(token, at ?? GatewayHub.Squares, Hub.Clock.Now);
}
