using System.Net;
using Stint.Core.Leasing;
using Stint.Tests.Hub.DeviceApi;
using Xunit;

namespace Stint.Tests.Hub.Nodes.Joining;

/// <summary>A node that joined and is not to be trusted: it reaches nothing but its own slots, and costs nobody more than they agreed to.</summary>
public sealed class HostileNodeTests : JoiningTest
{
    private const string Slot = """{"key":"0","index":0,"uuid":"GPU-1","largest":"XLarge"}""";

    [Theory]
    [InlineData("""not json""")]
    [InlineData("""null""")]
    [InlineData("""{}""")]
    [InlineData($$"""{"deviceUrl":"http://127.0.0.1:7861","slots":[{{Slot}},{{Slot}}]}""")]
    [InlineData("""{"deviceUrl":"http://127.0.0.1:7861","slots":[null]}""")]
    [InlineData("""{"deviceUrl":"http://127.0.0.1:7861","slots":[{"key":"0","index":0,"largest":"XLarge"}]}""")]
    [InlineData("""{"deviceUrl":"http://127.0.0.1:7861","slots":[{"key":"0","index":0,"uuid":"a\nb","largest":"XLarge"}]}""")]
    [InlineData("""{"deviceUrl":"http://127.0.0.1:7861","slots":[{"key":"0","index":-1,"uuid":"GPU-1","largest":"XLarge"}]}""")]
    [InlineData("""{"deviceUrl":"http://127.0.0.1:7861","slots":[{"key":"0","index":0,"uuid":"GPU-1","largest":7}]}""")]
    [InlineData("""{"deviceUrl":"http://127.0.0.1:7861","slots":[{"key":"../local","index":0,"uuid":"GPU-1 ","largest":"XLarge"}]}""")]
    [InlineData($$"""{"deviceUrl":"http://169.254.169.254/","slots":[{{Slot}}]}""")]
    [InlineData($$"""{"slots":[{{Slot}}]}""")]
    public async Task Hello_ThatMeansNothing_IsNotUnderstoodAndTheHubGoesOn(string hello)
    {
        var node = await NodeAsync("far");
        Assert.Equal(HttpStatusCode.BadRequest, (await node.SayAsync("hello", hello)).Status);
        await node.LeaseAsync(Hub, "ada");
    }

    [Theory]
    [InlineData("""{"epoch":EPOCH,"leases":null,"gone":[]}""")]
    [InlineData("""{"epoch":EPOCH,"leases":[null],"gone":[]}""")]
    [InlineData("""{"epoch":EPOCH,"leases":[{"id":"x","exit":99,"endedAgo":0}],"gone":[]}""")]
    [InlineData("""{"epoch":EPOCH,"leases":[{"id":"x","exit":"Completed","endedAgo":9223372036854775807}],"gone":[]}""")]
    public async Task Return_ThatMeansNothing_IsNotUnderstoodAndTheHubGoesOn(string report)
    {
        var node = await NodeAsync("far");
        await node.HelloAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await node.SayAsync("return", report.Replace("EPOCH", $"{node.Epoch}", StringComparison.Ordinal))).Status);
        Assert.Equal(HttpStatusCode.OK, await node.ReturnAsync());
        await node.LeaseAsync(Hub, "ada");
    }

    [Fact]
    public async Task Return_WithLeasesOfAnotherNodeAndOfTheHub_ChangesNothingThere()
    {
        var (far, near) = (await NodeAsync("far"), await NodeAsync("near"));
        var (ofFar, ofHub) = (await far.LeaseAsync(Hub, "ada"), (await Hub.GrantAsync("bob")).AllowToken);
        await near.ReachAsync(1, FakeNode.Report(DeviceHub.IdOf(ofFar), "Failed", "0"), FakeNode.Report(DeviceHub.IdOf(ofHub), "Overrun", "0"), FakeNode.Report(new("nobodys"), "Completed", "0"));
        Assert.Equal(2, Hub.Slots().Count(slot => slot.Lease is not null));
        // The same, once at a time.
        await SayAsync(near, "seen", $$"""{"epoch":{{near.Epoch}},"slot":"far/0","gone":{"pid":4711,"startTicks":77,"proven":true} }""");
        await SayAsync(near, "seen", $$"""{"epoch":{{near.Epoch}},"slot":"local/0","unstoppable":"no"}""");
        await SayAsync(near, "undelivered", $$"""{"epoch":{{near.Epoch}},"id":"{{DeviceHub.IdOf(ofFar)}}"}""");
        await SayAsync(near, "undelivered", $$"""{"epoch":{{near.Epoch}},"id":"{{DeviceHub.IdOf(ofHub)}}"}""");
        Assert.Equal(2, Hub.Slots().Count(slot => slot is { Lease: not null, Phase: SlotPhase.Leased }));
    }

    [Fact]
    public async Task Allow_OfALeaseOnAnotherMachine_IsUnknownThere()
    {
        var (far, near) = (await NodeAsync("far"), await NodeAsync("near"));
        var (ofFar, ofHub) = (await far.LeaseAsync(Hub, "ada", pid: null), (await Hub.GrantAsync("bob")).AllowToken);
        // This hub's own processes must never be taken for what another machine says of them.
        Assert.Equal(HttpStatusCode.NotFound, (await near.AllowAsync(Hub, ofFar, Environment.ProcessId)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await near.AllowAsync(Hub, ofHub, Environment.ProcessId)).Status);
        Assert.Equal(HttpStatusCode.OK, (await far.AllowAsync(Hub, ofFar, 4711)).Status);
    }

    [Theory]
    [InlineData("Completed", "-86400000")]
    [InlineData("Completed", "900000000000000")]
    [InlineData("Overrun", "-900000000000000")]
    [InlineData("Completed", "0", "-86400000")]
    [InlineData("Failed", "0", "900000000000000")]
    [InlineData("HubFault", "0")]
    [InlineData("Cancelled", "0")]
    public async Task Return_WithTimesThatCannotBe_ChargesNoMoreThanTheLeaseLastedAndNoMoreThanWasDeclared(string exit, string endedAgo, string allowedAgo = "null")
    {
        var node = await NodeAsync("far");
        var lease = await node.LeaseAsync(Hub, "ada", duration: "60", pid: allowedAgo == "null" ? 4711 : null);
        Time.Advance(TimeSpan.FromSeconds(4));
        await node.ReachAsync(1, FakeNode.Report(DeviceHub.IdOf(lease), exit, endedAgo, allowedAgo));
        var receipt = Hub.ReceiptOf(lease);
        Assert.InRange(receipt.Charged.Milliseconds, 0, 4_000);
        Assert.InRange(receipt.EndedAt.UnixMilliseconds, receipt.GrantedAt!.Value.UnixMilliseconds, Hub.Clock.Now.UnixMilliseconds);
        Assert.Equal(0, Hub.Reading("ada").Reserved.Milliseconds);
    }

    [Fact]
    public async Task Return_TheSameLeaseSaidTwiceAndTheReportRepeated_IsSettledOnce()
    {
        var node = await NodeAsync("far");
        var lease = await node.LeaseAsync(Hub, "ada");
        Time.Advance(TimeSpan.FromSeconds(4));
        var report = FakeNode.Report(DeviceHub.IdOf(lease), "Completed", "1000");
        await node.ReachAsync(1, report, report);
        Assert.Equal(HttpStatusCode.OK, await node.ReturnAsync(FakeNode.Report(DeviceHub.IdOf(lease), "Completed", "0")));
        await node.ReachAsync(1, report);
        Assert.Equal(3_000, Hub.ReceiptOf(lease).Measured.TotalMilliseconds);
        Assert.Single(Hub.Entries(DeviceHub.IdOf(lease)).OfType<ReservationEnded>());
    }

    [Fact]
    public async Task AnyCall_InAnEpochThatIsOver_IsNotHeard()
    {
        var node = await NodeAsync("far");
        var lease = await node.LeaseAsync(Hub, "ada");
        var copy = node.Epoch;
        await node.ReachAsync(1, FakeNode.Report(DeviceHub.IdOf(lease), null, "0"));
        foreach (var epoch in new[] { copy, 0, -1, long.MaxValue })
        {
            Assert.Equal(HttpStatusCode.Conflict, (await node.SayAsync("beat", $$"""{"epoch":{{epoch}},"seen":0}""")).Status);
            Assert.Equal(HttpStatusCode.Conflict, (await node.SayAsync("return", $$"""{"epoch":{{epoch}},"leases":[],"gone":[]}""")).Status);
            Assert.Equal(HttpStatusCode.Conflict, (await node.SayAsync("seen", $$"""{"epoch":{{epoch}},"slot":"far/0","gone":{"pid":4711,"startTicks":77,"proven":true} }""")).Status);
        }

        Assert.Equal(1, Picture("far").Leases);
    }

    [Fact]
    public async Task Unleased_OfItsOwnSlots_IsShownAndThatOfOthersIsNot()
    {
        var node = await NodeAsync("far");
        var (loud, control) = (new string('x', 5_000), "a\\u001b[31mb");
        await SayAsync(node, "unleased", $$"""
            {"epoch":{{node.Epoch}},"uses":[{"slot":"far/0","pid":7,"program":"{{control}}","memoryBytes":1048576},{"slot":"far/0","pid":8,"program":"{{loud}}"},{"slot":"local/0","pid":9,"program":"x"},null]}
            """);
        Assert.Equal([7, 8], Picture("far").Unleased.Select(use => use.Pid));
        Assert.Equal("far/0: pid 7 (a [31mb), 1 MiB", Picture("far").Unleased[0].ToString());
        Assert.Equal(100, Picture("far").Unleased[1].Program.Length);
        Assert.Empty(Picture("local").Unleased);
        await SayAsync(node, "unleased", $$"""{"epoch":{{node.Epoch}},"uses":[]}""");
        Assert.Empty(Hub.Unleased.All);
    }

    private static async Task SayAsync(FakeNode node, string call, string json) => Assert.Equal(HttpStatusCode.OK, (await node.SayAsync(call, json)).Status);
}
