using System.Net;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.DeviceApi;

/// <summary>Queued requests, byte by byte as the client's parser needs them.</summary>
public sealed class QueueTests : DeviceHubTest
{
    private const string Ping = "event: ping\n\n";
    private const int Pid = 2_000_000_001;

    [Fact]
    public async Task Schedule_NoFreeSlot_StreamsPingsAndThenTheLeaseEachInAChunkOfItsOwn()
    {
        var first = await Hub.GrantAsync("ada");
        await Hub.AllowAsync(first.AllowToken, Pid);
        using var stream = await RawStream.PostAsync(Hub.DeviceUrl, Hub.Schedule(Hub.TokenOf("bob"), task: 2));

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", stream.Head, StringComparison.Ordinal);
        Assert.Equal("text/event-stream", stream.Header("Content-Type"));
        Assert.Equal("chunked", stream.Header("Transfer-Encoding"));
        Assert.Null(stream.Header("Content-Encoding"));
        Assert.Equal("regular", stream.Header("X-Authenticated"));
        Assert.Equal("node", stream.Header("X-Queuing-Reason"));
        for (var i = 0; i < 3; i++) Assert.Equal(Ping, await stream.NextChunkAsync());
        Time.Advance(TimeSpan.FromMilliseconds(4_000));
        await Hub.ReleaseAsync(first.AllowToken);
        var verdict = await stream.VerdictAsync();

        Assert.StartsWith("event: succeeded\ndata: {", verdict, StringComparison.Ordinal);
        Assert.EndsWith("}\n\n", verdict, StringComparison.Ordinal);
        Assert.Equal(4, verdict.Split('\n').Length);
        Assert.Equal("", await stream.NextChunkAsync());
        // The head went with the first ping, and no event was ever sent in pieces or together with another.
        var events = Hub.Sent.Where(text => text.Contains("event:", StringComparison.Ordinal)).ToList();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", events[0], StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nd\r\n" + Ping + "\r\n", events[0], StringComparison.Ordinal);
        Assert.All(events[1..^1], text => Assert.Equal("d\r\n" + Ping + "\r\n", text));
        Assert.StartsWith($"{verdict.Length:x}\r\n{verdict}\r\n", events[^1], StringComparison.Ordinal);
        var granted = Granted.Read(verdict["event: succeeded\ndata: ".Length..]);
        Time.Advance(TimeSpan.FromMilliseconds(1_250));
        await Hub.AllowAsync(granted.AllowToken, Pid + 1);
        await Hub.ReleaseAsync(granted.AllowToken);
        var receipt = Hub.ReceiptOf(granted.AllowToken);
        Assert.Equal((4_000, 1_250, 1_250), ((long)receipt.Wait.TotalMilliseconds, (long)receipt.Measured.TotalMilliseconds, receipt.Charged.Milliseconds));
    }

    [Fact]
    public async Task Schedule_SpaceAtItsOwnLimit_SaysSo()
    {
        await RestartAsync(slots: 2);
        Hub.Catalogue.ChangeSpace(DeviceHub.Squares, space => space with { Concurrency = 1 });
        await Hub.GrantAsync("ada");

        using var stream = await RawStream.PostAsync(Hub.DeviceUrl, Hub.Schedule(Hub.TokenOf("bob")));

        Assert.Equal("concurrency", stream.Header("X-Queuing-Reason"));
    }

    [Fact]
    public async Task Schedule_NoGpuBeforeTheWaitLimit_FailsAndKeepsTheRefusal()
    {
        var first = await Hub.GrantAsync("ada", duration: "120");
        await Hub.AllowAsync(first.AllowToken, Pid);
        using var stream = await RawStream.PostAsync(Hub.DeviceUrl, Hub.Schedule(Hub.TokenOf("bob")));
        Time.Advance(TimeSpan.FromMilliseconds(60_000));
        await Hub.NudgeAsync();
        Assert.Equal(1, Hub.Engine.Pool.Waiting);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await Hub.NudgeAsync();

        Assert.Equal("event: failed\n\n", await stream.VerdictAsync());
        Assert.Equal("", await stream.NextChunkAsync());
        var refusal = Hub.Reads.Refusals(DeviceHub.IdentityOf("bob"), 10).Single();
        Assert.Equal(RefusalCause.NoGpuInTime, refusal.Main.Cause);
        Assert.Equal((0, 0, 210_000), (Hub.Reading("bob").Spent.Milliseconds, Hub.Reading("bob").Reserved.Milliseconds, Hub.Reading("bob").Left.Milliseconds));
        var receipt = Hub.Reads.Receipts(DeviceHub.IdentityOf("bob"), 10).Single();
        Assert.Equal((ReservationPhase.Expired, EndingCauses.NoGpuInTime, refusal.Id, 0), (receipt.Outcome, receipt.Cause, receipt.Refusal, receipt.Charged.Milliseconds));
    }

    [Theory]
    [InlineData(null, null, 60)]
    [InlineData(90, null, 90)]
    [InlineData(90, "5", 5)]
    [InlineData(null, "3600", 3600)]
    public async Task Schedule_WaitLimit_IsTheRequestsOrTheSpacesOrAMinute(int? space, string? header, int seconds)
    {
        Hub.Catalogue.ChangeSpace(DeviceHub.Squares, changed => changed with { WaitLimitSeconds = space });
        await Hub.GrantAsync("ada");
        using var stream = await RawStream.PostAsync(Hub.DeviceUrl, Hub.Schedule(Hub.TokenOf("bob")), header is null ? [] : ["X-Stint-Wait-Seconds: " + header]);

        var waiting = Hub.Reads.Ledger(DeviceHub.IdentityOf("bob")).Queued.Single();

        Assert.Equal(TimeSpan.FromSeconds(seconds), waiting.WaitUntil - waiting.ReservedAt);
    }

    [Fact]
    public async Task Schedule_CallerLeaves_FreesThePlaceAtOnceAndLeavesAReceipt()
    {
        var first = await Hub.GrantAsync("ada");
        await Hub.AllowAsync(first.AllowToken, Pid);
        var stream = await RawStream.PostAsync(Hub.DeviceUrl, Hub.Schedule(Hub.TokenOf("bob")));
        await stream.NextChunkAsync();
        Assert.Equal("1", await Hub.Devices.GetStringAsync(new Uri(Hub.DeviceUrl, Hub.Path(DeviceHub.Squares, "queue-size"))));
        Assert.Equal(60_000, Hub.Reading("bob").Reserved.Milliseconds);

        var since = Environment.TickCount64;
        stream.Dispose();
        await Eventually.True(() => Hub.Reads.Receipts(DeviceHub.IdentityOf("bob"), 10).Count == 1);

        Assert.True(Environment.TickCount64 - since < 2_000);
        Assert.Equal("0", await Hub.Devices.GetStringAsync(new Uri(Hub.DeviceUrl, Hub.Path(DeviceHub.Squares, "queue-size"))));
        var receipt = Hub.Reads.Receipts(DeviceHub.IdentityOf("bob"), 10).Single();
        Assert.Equal((ReservationPhase.Voided, EndingCauses.VisitorLeft, 0), (receipt.Outcome, receipt.Cause, receipt.Charged.Milliseconds));
        Assert.Equal(210_000, Hub.Reading("bob").Left.Milliseconds);
        Assert.Null(Hub.Reading("bob").ResetsAt);
    }

    [Fact]
    public async Task Schedule_CallerLeftBeforeItsTurn_TheNextInLineGetsTheSlot()
    {
        var first = await Hub.GrantAsync("ada");
        await Hub.AllowAsync(first.AllowToken, Pid);
        var gone = await RawStream.PostAsync(Hub.DeviceUrl, Hub.Schedule(Hub.TokenOf("bob")));
        using var next = await RawStream.PostAsync(Hub.DeviceUrl, Hub.Schedule(Hub.TokenOf("cleo")));
        gone.Dispose();
        await Eventually.True(() => Hub.Engine.Pool.Waiting == 1);

        await Hub.ReleaseAsync(first.AllowToken);

        Assert.StartsWith("event: succeeded", await next.VerdictAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schedule_CallerThatWouldNotWait_Is503AndHoldsNothing()
    {
        await Hub.GrantAsync("ada");

        using var response = await Hub.PostAsync(Hub.Schedule(Hub.TokenOf("bob")).Replace("enableQueue=true", "enableQueue=false", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(0, Hub.Reading("bob").Reserved.Milliseconds);
    }

    [Fact]
    public async Task Stop_WhileSomebodyWaits_EndsTheStreamWithAVerdict()
    {
        await Hub.GrantAsync("ada");
        using var stream = await RawStream.PostAsync(Hub.DeviceUrl, Hub.Schedule(Hub.TokenOf("bob")));

        await Hub.StopAsync();

        Assert.Equal("event: failed\n\n", await stream.VerdictAsync());
    }
}
