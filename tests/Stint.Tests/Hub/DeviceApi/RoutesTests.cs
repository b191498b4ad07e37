using System.Net;
using Stint.Hub.Engine;
using Xunit;

namespace Stint.Tests.Hub.DeviceApi;

public sealed class RoutesTests : DeviceHubTest
{
    [Theory]
    [InlineData("")]
    [InlineData("?cgroupPath=%2F&gpuSize=large&whatever=1")]
    public async Task StartupReport_AnyQuery_Is200(string query)
    {
        using var response = await Hub.PostAsync(Hub.Path(DeviceHub.Squares, "startup-report") + query);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task QueueSize_NobodyWaits_IsABareNumber()
    {
        using var response = await Hub.Devices.GetAsync(new Uri(Hub.DeviceUrl, Hub.Path(DeviceHub.Squares, "queue-size")));

        Assert.Equal(("application/json", "0"), (response.Content.Headers.ContentType!.ToString(), await response.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task AnyCall_OnThePublicListener_IsNotThere()
    {
        foreach (var path in new[] { Hub.Schedule(Hub.TokenOf("ada")), Hub.Path(DeviceHub.Squares, "startup-report") })
        {
            // Whatever host the request speaks of.
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Hub.PublicUrl, path)) { Headers = { Host = Hub.DeviceUrl.Authority } };
            using var response = await Hub.Devices.SendAsync(request);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }

        Assert.Equal(0, Hub.Reading("ada").Reserved.Milliseconds);
    }

    [Fact]
    public async Task AnyCall_WithoutTheSecretOrToNowhere_IsNotThere()
    {
        var secret = Hub.Secret(DeviceHub.Squares);
        foreach (var path in new[]
        {
            "/", "/schedule", "/device", "/device/", $"/device/{secret}", $"/device/{secret}/", $"/device/{secret}/other", $"/device/{secret}/schedule/", $"/device/{secret}x/schedule",
            $"/device/{secret[..^1]}/schedule", "/device//schedule", $"/x/device/{secret}/schedule", $"/Device/{secret}/schedule", $"/device/{secret}/queue-size",
        })
        {
            using var response = await Hub.PostAsync(path + "?taskId=1&token=" + Hub.TokenOf("ada"));
            Assert.Equal((path, HttpStatusCode.NotFound), (path, response.StatusCode));
        }
    }

    [Fact]
    public async Task AnyCall_AfterARotation_OpensWithTheNewSecretOnly()
    {
        var old = Hub.Path(DeviceHub.Squares, "startup-report");
        Hub.Catalogue.RotateSecret(DeviceHub.Squares);

        using var before = await Hub.PostAsync(old);
        using var after = await Hub.PostAsync(Hub.Path(DeviceHub.Squares, "startup-report"));

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), (before.StatusCode, after.StatusCode));
    }

    [Theory]
    [InlineData("taskId=1&durationSeconds=0", HttpStatusCode.BadRequest)]
    [InlineData("taskId=1&durationSeconds=-1", HttpStatusCode.BadRequest)]
    [InlineData("taskId=1&durationSeconds=1e3", HttpStatusCode.BadRequest)]
    [InlineData("taskId=1&durationSeconds=x", HttpStatusCode.BadRequest)]
    [InlineData("taskId=1&durationSeconds=0.5", HttpStatusCode.OK)]
    [InlineData("taskId=1&durationSeconds=30.5", HttpStatusCode.OK)]
    [InlineData("taskId=1", HttpStatusCode.OK)]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("taskId=abc", HttpStatusCode.BadRequest)]
    [InlineData("taskId=140639681612448", HttpStatusCode.OK)]
    [InlineData("taskId=18446744073709551615", HttpStatusCode.OK)]
    [InlineData("taskId=-9223372036854775808", HttpStatusCode.OK)]
    [InlineData("taskId=18446744073709551616", HttpStatusCode.BadRequest)]
    [InlineData("taskId=1&taskId=2", HttpStatusCode.BadRequest)]
    [InlineData("taskId=1&gpuSize=large", HttpStatusCode.OK)]
    [InlineData("taskId=1&gpuSize=medium", HttpStatusCode.OK)]
    [InlineData("taskId=1&gpuSize=xlarge", HttpStatusCode.OK)]
    [InlineData("taskId=1&gpuSize=XLARGE", HttpStatusCode.BadRequest)]
    [InlineData("taskId=1&gpuSize=small", HttpStatusCode.BadRequest)]
    [InlineData("taskId=1&enableQueue=maybe", HttpStatusCode.BadRequest)]
    [InlineData("taskId=1&cgroupPath=/a+b&somethingNew=7", HttpStatusCode.OK)]
    public async Task Schedule_Parameters_AreReadAsTheClientsSendThem(string query, HttpStatusCode status)
    {
        using var response = await Hub.PostAsync(Hub.Path(DeviceHub.Squares, "schedule") + $"?{query}&token={Hub.TokenOf("cleo")}");

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task Schedule_NoDuration_DeclaresAMinute()
    {
        using var response = await Hub.PostAsync(Hub.Path(DeviceHub.Squares, "schedule") + $"?taskId=1&token={Hub.TokenOf("ada")}");

        Assert.Equal(60_000, Hub.Reading("ada").Reserved.Milliseconds);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("3601")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("soon")]
    public async Task Schedule_WaitHeaderOutOfBounds_IsMalformed(string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Hub.DeviceUrl, Hub.Schedule(Hub.TokenOf("ada")))) { Headers = { { "X-Stint-Wait-Seconds", value } } };
        using var response = await Hub.Devices.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData("allow", "pid=1", HttpStatusCode.NotFound)]
    [InlineData("allow", "allowToken=r_1.x&pid=5", HttpStatusCode.NotFound)]
    [InlineData("allow", "allowToken=r_1.x", HttpStatusCode.BadRequest)]
    [InlineData("allow", "allowToken=r_1.x&pid=-5", HttpStatusCode.BadRequest)]
    [InlineData("allow", "allowToken=r_1.x&pid=99999999999", HttpStatusCode.BadRequest)]
    [InlineData("release", "", HttpStatusCode.NotFound)]
    [InlineData("release", "allowToken=r_1.x&fail=false", HttpStatusCode.NotFound)]
    [InlineData("release", "allowToken=r_1.x&fail=2", HttpStatusCode.BadRequest)]
    public async Task LeaseCalls_NoLeaseOfOurs_AreUnknownOrMalformed(string call, string query, HttpStatusCode status)
    {
        using var response = await Hub.PostAsync(Hub.Path(DeviceHub.Squares, call) + "?" + query);

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task AnyCall_WhateverHappens_LogsNoSecret()
    {
        var token = Hub.TokenOf("ada");
        using var scheduled = await Hub.PostAsync(Hub.Schedule(token));
        var granted = Granted.Read(await scheduled.Content.ReadAsStringAsync());
        await Hub.AllowAsync(granted.AllowToken, 1);
        using var lost = await Hub.PostAsync(Hub.Path(DeviceHub.Squares, "nowhere") + "?token=" + token);
        await Hub.ReleaseAsync(granted.AllowToken);
        using (await RawStream.PostAsync(Hub.DeviceUrl, Hub.Schedule(token))) await Hub.StopAsync();

        Assert.NotEmpty(Hub.Logged);
        foreach (var secret in new[] { Hub.Secret(DeviceHub.Squares), token, granted.AllowToken })
            Assert.DoesNotContain(Hub.Logged, line => line.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Restart_WhileALeaseIsHeld_KeepsTheAllowTokensMeaning()
    {
        var granted = await Hub.GrantAsync("ada");
        await RestartAsync();

        // It never had a worker, and the hub was down meanwhile: void, and the Space is told that nothing is there.
        Assert.Equal(HttpStatusCode.NotFound, await Hub.ReleaseAsync(granted.AllowToken));
        Assert.Equal(Stint.Core.Quota.ExitClass.HubFault, Hub.ReceiptOf(granted.AllowToken).Exit);
        Assert.Equal((0, 210_000), (Hub.Reading("ada").Spent.Milliseconds, Hub.Reading("ada").Left.Milliseconds));
    }

    [Fact]
    public void NewId_Many_SortByTimeAndAreAllDifferent()
    {
        var ids = Enumerable.Range(0, 1000).Select(_ => NewId.OfReservation().Value).ToList();

        Assert.All(ids, id => Assert.Matches("^r_[0-9a-hj-km-np-tv-z]{26}$", id));
        Assert.Equal(1000, ids.Distinct().Count());
        Assert.Equal(ids.Select(id => id[..11]).Order(StringComparer.Ordinal), ids.Select(id => id[..11]));
    }
}
