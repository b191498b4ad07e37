using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Stint.Hub.Gateway.Streams;
using Xunit;

namespace Stint.Tests.Hub.Gateway.Streams;

/// <summary>An event whose request is too long to be looked at beforehand, as one with a picture in it, is of its function and session all the same.</summary>
public sealed class LongJoinTests : GatewayTest
{
    [Theory]
    [InlineData(10)]
    [InlineData(63 * 1024)]
    [InlineData(66 * 1024)]
    [InlineData(3 * 1024 * 1024)]
    public async Task Join_WithAPictureOfAnySize_IsOfItsFunctionBeforeTheSpaceCanAsk(int length)
    {
        string? endpoint = null;
        long read = 0;
        await ServeAsync(async context =>
        {
            if (context.Request.Path == "/config")
            {
                await context.Response.WriteAsync("""{"dependencies":[{"id":0,"api_name":"square"},{"id":7,"api_name":"paint"}]}""");
                return;
            }

            var body = new byte[4096];
            for (int count; (count = await context.Request.Body.ReadAsync(body)) > 0;) read += count;
            endpoint = Hub.Tokens.Check(context.Request.Headers["X-IP-Token"].ToString(), GatewayHub.Squares, Hub.Clock.Now).Facts?.Endpoint;
            await context.Response.WriteAsync("""{"event_id":"e1"}""");
        });
        var sent = $$"""{"data":["data:image/png;base64,{{new string('A', length)}}",{"fn_index":3,"session_hash":"no"}],"event_data":null,"fn_index":7,"trigger_id":12,"session_hash":"abc"}""";

        using var response = await SendAsync(HttpMethod.Post, "/gradio_api/queue/join", null, sent);

        Assert.Equal((HttpStatusCode.OK, "/paint", sent.Length), (response.StatusCode, endpoint, (int)read));
        Assert.Equal("{\"event_id\":\"e1\"}", await response.Content.ReadAsStringAsync());
        Assert.Single(Hub.Events.OfSession(GatewayHub.Squares, Stint.Core.Identities.IdentityId.OfNetwork("127.0.0.1"), "abc"));
    }

    [Theory]
    [InlineData("""{"fn_index":3,"session_hash":"abc"}""", 3, "abc")]
    [InlineData("""  {"session_hash" : "abc" , "data":[], "fn_index" : 3 } """, 3, "abc")]
    [InlineData("""{"a":{"fn_index":9},"b":[{"session_hash":"x"}],"fn_index":3}""", 3, null)]
    [InlineData("""{"fn_index":3,"fn_index":4}""", 4, null)]
    [InlineData("""{"fn_index":"3","session_hash":7}""", null, null)]
    [InlineData("""{"fn_index":3.5}""", null, null)]
    [InlineData("""{"fn_index":null,"x":"}","session_hash":"a"}""", null, "a")]
    [InlineData("""{"x":"\"}","session_hash":"a","fn_index":-1}""", -1, "a")]
    [InlineData("""{"x":"\\","fn_index":1}""", 1, null)]
    [InlineData("""[{"fn_index":3}]""", null, null)]
    [InlineData("""[1,{"fn_index":3}]""", null, null)]
    [InlineData("\"fn_index\":3", null, null)]
    [InlineData("{{{{{{", null, null)]
    [InlineData("}}}}}", null, null)]
    [InlineData("", null, null)]
    public void Scan_OfABodyInPiecesOfAnySize_IsWhatIsReadOfTheWhole(string body, int? function, string? session)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        for (var size = 1; size <= Math.Max(1, bytes.Length); size++)
        {
            var scan = new JoinScan();
            for (var at = 0; at < bytes.Length; at += size) scan.Read(bytes.AsSpan(at, Math.Min(size, bytes.Length - at)));
            Assert.Equal((function, session), (scan.Function, scan.Session));
        }

        if (!body.Contains("{{", StringComparison.Ordinal)) Assert.Equal((function, session), (JoinBody.Read(bytes).Function, JoinBody.Read(bytes).Session));
    }

    /// <summary>Found by fuzzing: texts that are none were a fault of the hub, and broke the stream of whoever listened.</summary>
    [Theory]
    [InlineData("{\"session_hash\":\"\u00ff\u00fe\",\"fn_index\":1}")]
    [InlineData("{\"session_hash\":\"\\ud800\",\"fn_index\":1}")]
    [InlineData("{\"\u0085\":1}")]
    [InlineData("{\"msg\":\"process_completed\",\"event_id\":\"\\udfff\",\"output\":{\"error\":\"\u00ff\"}}")]
    public void Read_OfTextsThatAreNone_SaysNothingAndDoesNotFail(string latin)
    {
        var bytes = Encoding.Latin1.GetBytes(latin);
        Assert.Null(JoinBody.Read(bytes).Session);
        Assert.Null(EventMessage.Read([.. "data: "u8, .. bytes, .. "\n\n"u8], isWhole: true, isOfOneEvent: false).EventId);
        var scan = new JoinScan();
        scan.Read(bytes);
        Assert.True(scan.IsOver);
    }

    [Fact]
    public void Scan_OfWhatNeverEnds_KeepsNothingOfIt()
    {
        var scan = new JoinScan();
        scan.Read("{\"session_hash\":\""u8);
        var piece = new byte[1 << 16];
        Array.Fill(piece, (byte)'a');
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) scan.Read(piece);
        scan.Read("\"}"u8);

        Assert.True(scan.IsOver);
        Assert.Null(scan.Session);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }
}
