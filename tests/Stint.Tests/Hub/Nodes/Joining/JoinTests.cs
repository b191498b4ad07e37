using System.Net;
using Stint.Core.Quota;
using Stint.Hub.Nodes.Joining;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Nodes.Joining;

/// <summary>Who may join, and what an operator does to a node.</summary>
public sealed class JoinTests : JoiningTest
{
    [Fact]
    public async Task Join_ByATokenForOne_WorksOnceAndOnlyInItsTime()
    {
        var (once, brief) = (Token(), Token(TimeSpan.FromMinutes(1)));
        Assert.Equal(HttpStatusCode.OK, (await Stranger("a").JoinAsync(once)).Status);
        Time.Advance(TimeSpan.FromMinutes(1));

        await RefusedAsync("b", once, HttpStatusCode.Unauthorized, "used already");
        await RefusedAsync("b", brief, HttpStatusCode.Unauthorized, "expired");
        await RefusedAsync("b", "nj_guess", HttpStatusCode.Unauthorized, "no such token");
        await RefusedAsync("b", "", HttpStatusCode.Unauthorized, "no such token");
        // It was not used up by a name that cannot be.
        var fresh = Token();
        await RefusedAsync("a", fresh, HttpStatusCode.UnprocessableEntity, "stint node remove a");
        await RefusedAsync("local", fresh, HttpStatusCode.UnprocessableEntity, "--name");
        await RefusedAsync("b/c", fresh, HttpStatusCode.UnprocessableEntity, "--name");
        Assert.Equal(HttpStatusCode.OK, (await Stranger("b").JoinAsync(fresh)).Status);
    }

    [Fact]
    public async Task Join_ByATokenForMany_LetsInManyUntilItsEnd()
    {
        var token = Token(TimeSpan.FromMinutes(1), isSingle: false);
        Assert.Equal(HttpStatusCode.OK, (await Stranger("a").JoinAsync(token)).Status);
        Assert.Equal(HttpStatusCode.OK, (await Stranger("b").JoinAsync(token)).Status);
        Time.Advance(TimeSpan.FromMinutes(1));
        await RefusedAsync("c", token, HttpStatusCode.Unauthorized, "expired");
    }

    [Fact]
    public async Task AnyCall_WithoutASecretOrWithATokenInItsPlace_IsNotAnswered()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await Stranger("a").SayAsync("hello", "{}")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Stranger("a").DeviceAsync(Hub.Schedule(Hub.TokenOf("ada")))).Status);
    }

    [Fact]
    public async Task Drain_AndUndo_WhatRunsGoesOnAndNothingNewIsGrantedMeanwhile()
    {
        var node = await NodeAsync("far", slots: 2);
        var runs = await node.LeaseAsync(Hub, "ada");
        Hub.Nodes.SetDrained("far", true);
        await Eventually.True(() => Picture("far").State == NodeState.Draining && Picture("far").Slots.All(slot => slot.IsDrained));

        var (_, text) = await node.DeviceAsync(Hub.Schedule(Hub.TokenOf("bob")).Replace("enableQueue=true", "enableQueue=false", StringComparison.Ordinal));
        Assert.DoesNotContain("allowToken", text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await node.DeviceAsync(Hub.Path(DeviceApi.DeviceHub.Squares, "release") + $"?allowToken={runs}&fail=false")).Status);
        Assert.Equal(ExitClass.Completed, Hub.ReceiptOf(runs).Exit);
        await Eventually.True(() => Picture("far").State == NodeState.Drained);

        Hub.Nodes.SetDrained("far", false);
        await Eventually.True(() => Picture("far").State == NodeState.Serves && Picture("far").Slots.All(slot => slot.IsOpen));
        await node.LeaseAsync(Hub, "bob");
    }

    [Fact]
    public async Task Remove_WithALeaseRunning_ItIsHeardNoMoreAndTheRunEndsForNothing()
    {
        var node = await NodeAsync("far");
        var runs = await node.LeaseAsync(Hub, "ada", duration: "30");
        Hub.Nodes.Remove("far");

        Assert.Equal(HttpStatusCode.Unauthorized, (await node.BeatAsync()).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await node.SayAsync("hello", "{}")).Status);
        await Eventually.True(() => Picture("far") is { State: NodeState.Removed, LostSince: not null });
        Time.Advance(TimeSpan.FromSeconds(33));
        await Hub.NudgeAsync();
        await Eventually.True(() => NodePicture.All(Hub.Nodes, Hub.Reads).All(each => each.Name != "far"));
        Assert.Equal(0, Hub.ReceiptOf(runs).Charged.Milliseconds);
        // Its name is free again, and its new epochs are later than any it ever had.
        var before = node.Epoch;
        Assert.True((await NodeAsync("far")).Epoch > before);
    }

    private async Task RefusedAsync(string name, string token, HttpStatusCode status, string says)
    {
        var answer = await Stranger(name).JoinAsync(token);
        Assert.Equal(status, answer.Status);
        Assert.Contains(says, answer.Text, StringComparison.Ordinal);
    }
}
