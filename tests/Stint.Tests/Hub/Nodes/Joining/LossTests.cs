using System.Net;
using System.Text.Json;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Nodes.Joining;
using Stint.Tests.Hub.DeviceApi;
using Xunit;

namespace Stint.Tests.Hub.Nodes.Joining;

/// <summary>A node that is silent, a hub that was away, and orders that must not wait for the next beat.</summary>
public sealed class LossTests : JoiningTest
{
    [Fact]
    public async Task Silence_BlocksItsSlotsAtOnceAndTheRunWaitsForTheReport()
    {
        var node = await NodeAsync("far", slots: 2);
        var lease = await node.LeaseAsync(Hub, "ada");
        await LoseAsync("far");
        Assert.All(Picture("far").Slots, slot => Assert.False(slot.IsOpen));
        Assert.Equal(1, Picture("far").Leases);
        Assert.Equal(HttpStatusCode.Conflict, (await node.DeviceAsync(Hub.Schedule(Hub.TokenOf("bob")))).Status);

        Time.Advance(TimeSpan.FromSeconds(20));
        await node.ReachAsync(2, FakeNode.Report(DeviceHub.IdOf(lease), "Completed", "15000"));
        Assert.Equal((ExitClass.Completed, 11_000), (Hub.ReceiptOf(lease).Exit, Hub.ReceiptOf(lease).Measured.TotalMilliseconds));
        Assert.Equal(NodeState.Serves, Picture("far").State);
        await node.LeaseAsync(Hub, "bob");
    }

    [Fact]
    public async Task Silence_PastDeadlineAndGrace_SettlesForNothingAndALateReportChangesNothing()
    {
        var node = await NodeAsync("far");
        var lease = await node.LeaseAsync(Hub, "ada", duration: "30");
        await LoseAsync("far");
        // A second before deadline and grace, and at them.
        Time.Advance(TimeSpan.FromSeconds(25));
        await Hub.NudgeAsync();
        Assert.Null(Hub.Reads.Receipt(DeviceHub.IdOf(lease)));
        Time.Advance(TimeSpan.FromSeconds(1));
        await Hub.NudgeAsync();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await Hub.NudgeAsync();
        Assert.Equal((ExitClass.NodeFault, 0), (Hub.ReceiptOf(lease).Exit, Hub.ReceiptOf(lease).Charged.Milliseconds));

        await node.ReachAsync(1, FakeNode.Report(DeviceHub.IdOf(lease), "Completed", "20000"));
        Assert.Equal((ExitClass.NodeFault, 0), (Hub.ReceiptOf(lease).Exit, Hub.ReceiptOf(lease).Charged.Milliseconds));
        Assert.Single(Hub.Entries(DeviceHub.IdOf(lease)).OfType<ReservationEnded>());
    }

    [Fact]
    public async Task HubRestart_WithALeaseOnANode_ItWaitsForTheNodeAndTheTimeAwayIsNotCharged()
    {
        var node = await NodeAsync("far");
        var lease = await node.LeaseAsync(Hub, "ada");
        Time.Advance(TimeSpan.FromSeconds(4));
        await Hub.NudgeAsync();
        await RestartAsync();
        Assert.Equal((NodeState.Lost, 1), (Picture("far").State, Picture("far").Leases));
        // Its secret holds, what it said before does not.
        Assert.Equal(HttpStatusCode.Conflict, (await node.BeatAsync()).Status);
        Time.Advance(TimeSpan.FromSeconds(2));
        var orders = await node.HelloAsync();
        Assert.Equal(DeviceHub.IdOf(lease).Value, orders[0].GetProperty("lease").GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.OK, await node.ReturnAsync(FakeNode.Report(DeviceHub.IdOf(lease), null, "0")));
        Assert.Equal((NodeState.Serves, 1), (Picture("far").State, Picture("far").Leases));
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await node.DeviceAsync(Hub.Path(DeviceHub.Squares, "release") + $"?allowToken={lease}&fail=false")).Status);
        Assert.Equal(ExitClass.Completed, Hub.ReceiptOf(lease).Exit);
        Assert.InRange(Hub.ReceiptOf(lease).Charged.Milliseconds, 5_000, 7_000);
    }

    [Fact]
    public async Task Order_ToEndALease_ReachesAWaitingNodeAtOnce()
    {
        var node = await NodeAsync("far");
        var lease = await node.LeaseAsync(Hub, "ada");
        // Orders follow the answer to whoever asked: the one with the worker may still be on its way.
        long seen = 0;
        for (var isThere = false; !isThere;)
        {
            var answer = JsonDocument.Parse((await node.BeatAsync(seen)).Text).RootElement;
            seen = answer.GetProperty("seen").GetInt64();
            isThere = answer.GetProperty("orders").EnumerateArray().Any(order => order.TryGetProperty("lease", out var held) && held.GetProperty("isAllowed").GetBoolean());
        }

        var beat = node.BeatAsync(seen);
        var since = System.Diagnostics.Stopwatch.StartNew();
        await Hub.Engine.SendAsync<CancelReply>(new Cancel(DeviceHub.IdOf(lease), Undelivered: false));

        var order = JsonDocument.Parse((await beat).Text).RootElement.GetProperty("orders")[0];
        // A beat without news is held for a second; this one must not be what brought it.
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromMilliseconds(700));
        Assert.False(order.TryGetProperty("lease", out _));
        Assert.Equal(4711, order.GetProperty("leaving").GetProperty("pid").GetInt32());
    }
}
