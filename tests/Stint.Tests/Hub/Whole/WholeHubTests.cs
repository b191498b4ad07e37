using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Stint.Tests.Hub.Gateway;
using Xunit;

namespace Stint.Tests.Hub.Whole;

public sealed class WholeHubTests
{
    [Fact]
    public async Task Up_InThisProcess_ServesEveryDoor()
    {
        await using var space = await FakeSpace.StartAsync(context => context.Response.WriteAsync("ok"));
        await using var hub = await WholeHub.StartAsync(space, level: LogLevel.Trace);
        using var client = GatewayHub.NewClient();
        foreach (var path in new[] { "/", "/sign-in", "/spaces/ada/app", "/api/spaces/ada/app", "/problems/quota-exceeded", "/openapi/v1.json" })
        {
            using var answer = await client.GetAsync(new Uri(hub.Url, path));
            Assert.Equal((path, HttpStatusCode.OK), (path, answer.StatusCode));
        }

        Assert.Equal("ok", await client.GetStringAsync(new Uri(hub.Space, "/x")));
        using var device = await client.PostAsync(new Uri(hub.Options.DeviceUrl, hub.DevicePath("startup-report")), null);
        Assert.Equal(HttpStatusCode.OK, device.StatusCode);
        Assert.Contains(hub.Log, line => line.Level == LogLevel.Debug);
    }
}
