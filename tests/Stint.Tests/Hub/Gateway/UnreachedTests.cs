using System.Net;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Stint.Tests.Hub.Gateway;

public sealed class UnreachedTests : GatewayTest
{
    [Theory]
    [InlineData("text/html", HttpStatusCode.ServiceUnavailable)]
    [InlineData("*/*", HttpStatusCode.ServiceUnavailable)]
    public async Task Forward_ASpaceThatIsNotUpYet_IsNamedAsTheSideAtFault(string accept, HttpStatusCode status)
    {
        using var response = await GetAsync("/config", "Accept: " + accept, "Cookie: stint-visitor=x");

        Assert.Equal(status, response.StatusCode);
        Assert.Contains("ada/squares is starting", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forward_ToASpaceThatSleeps_HoldsAProgramUntilItAnswers()
    {
        await using var space = await FakeSpace.StartAsync(context => context.Response.WriteAsync("ok"));
        Hub.Sleep(GatewayHub.Squares, () =>
        {
            Hub.Serve(GatewayHub.Squares, space.Url);
            return Task.CompletedTask;
        });

        using var response = await GetAsync("/config", "Accept: application/json");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Forward_ToASpaceThatSleeps_ShowsAPersonAPageThatLooksAgain()
    {
        var woken = new TaskCompletionSource();
        Hub.Sleep(GatewayHub.Squares, () =>
        {
            woken.TrySetResult();
            return Task.Delay(Timeout.Infinite);
        });

        using var response = await GetAsync("/", "Accept: text/html", "Cookie: stint-visitor=x");

        await woken.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "2"), (response.StatusCode, response.Headers.GetValues("Refresh").Single()));
        Assert.Contains("ada/squares was asleep", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forward_ASpaceThatDoesNotAnswer_IsNamedAsTheSideAtFault()
    {
        Hub.Serve(GatewayHub.Squares, new Uri("http://127.0.0.1:9"));

        using var response = await GetAsync("/config");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("\"side\":\"space\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forward_ASpaceThatBreaksOffInAShortAnswer_IsNamedAndNothingOfItPasses()
    {
        await ServeAsync(async context =>
        {
            context.Response.ContentLength = 6_000;
            await context.Response.WriteAsync(new string('x', 5_000));
            await context.Response.Body.FlushAsync();
            context.Abort();
        });

        using var response = await GetAsync("/config");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("\"code\":\"space-silent\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2_047)]
    [InlineData(2_048)]
    [InlineData(32_768)]
    [InlineData(32_769)]
    public async Task Forward_AnAnswerThatComesInPieces_PassesWhole(int length)
    {
        var sent = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + i % 26)));
        await ServeAsync(async context =>
        {
            context.Response.ContentLength = length;
            foreach (var piece in sent.Chunk(700))
            {
                await context.Response.WriteAsync(new string(piece));
                await context.Response.Body.FlushAsync();
            }
        });

        using var response = await GetAsync("/config");

        Assert.Equal(sent, await response.Content.ReadAsStringAsync());
        Assert.Equal(length, response.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("http://169.254.169.254/")]
    [InlineData("hub")]
    [InlineData("device")]
    [InlineData("itself")]
    public async Task Forward_AnUpstreamThatLeadsToTheHubOrToSecrets_IsNotConnectedTo(string upstream)
    {
        Hub.Serve(GatewayHub.Squares, upstream switch
        {
            "hub" => Hub.Options.Url,
            "device" => Hub.Options.DeviceUrl,
            "itself" => Hub.Address,
            _ => new Uri(upstream),
        });

        using var response = await GetAsync("/");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }
}
