using System.Text;
using Microsoft.AspNetCore.Http;
using Stint.Hub.Gateway.Streams;
using Xunit;

namespace Stint.Tests.Hub.Gateway.Streams;

public sealed class StreamTests
{
    private const string Failed =
        """data: {"msg":"process_completed","event_id":"e1","output":{"error":"too \"much\"","duration":10,"title":"T"},"success":false,"title":"T"}""" + "\n\n";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(10_000)]
    public async Task MessageStream_CutAnywhere_ShowsWholeMessagesAndPassesEveryByte(int cut)
    {
        var text = Encoding.UTF8.GetBytes("data: {\"a\":1}\n\n" + Failed + "event: x\r\ndata: ä\r\n\r\n" + "data: unfinished");
        var (seen, passed) = (new List<string>(), new MemoryStream());
        await using var stream = new MessageStream(passed, (message, isWhole) =>
        {
            Assert.True(isWhole);
            seen.Add(Encoding.UTF8.GetString(message.Span));
            return null;
        });

        foreach (var part in text.Chunk(cut)) await stream.WriteAsync(part);
        await stream.CompleteAsync();

        Assert.Equal(text, passed.ToArray());
        Assert.Equal(["data: {\"a\":1}\n\n", Failed, "event: x\r\ndata: ä\r\n\r\n"], seen);
    }

    [Fact]
    public async Task MessageStream_AMessageThatIsTooLong_IsShownByItsBeginningAndPassesWhole()
    {
        var text = Encoding.UTF8.GetBytes($"data: {{\"event_id\":\"e1\",\"x\":\"{new string('y', 3 * MessageStream.LongestMessage)}\"}}\n\ndata: 2\n\n");
        var (seen, passed) = (new List<(bool, int)>(), new MemoryStream());
        await using var stream = new MessageStream(passed, (message, isWhole) =>
        {
            seen.Add((isWhole, message.Length));
            return null;
        });

        foreach (var part in text.Chunk(65_537)) await stream.WriteAsync(part);
        await stream.CompleteAsync();

        Assert.Equal(text, passed.ToArray());
        Assert.Equal([false, true], seen.Select(message => message.Item1));
        Assert.InRange(seen[0].Item2, 1, MessageStream.LongestMessage + 70_000);
    }

    [Fact]
    public void EventMessage_AFailedEvent_IsReadAndItsErrorGetsATextAndNothingElseChanges()
    {
        var bytes = Encoding.UTF8.GetBytes(Failed);

        var message = EventMessage.Read(bytes, true, isOfOneEvent: false);

        Assert.Equal(("process_completed", "e1", false), (message.Msg, message.EventId, message.Succeeded!.Value));
        Assert.Equal(Failed.Replace("too \\\"much\\\"", "too \\\"much\\\" – \\\"why\\\"", StringComparison.Ordinal), Encoding.UTF8.GetString(message.Append(bytes, " – \"why\"")));
    }

    [Theory]
    [InlineData("""data: {"msg":"process_completed","event_id":"e1","output":{"error":null},"success":false}""")]
    [InlineData("""data: {"msg":"process_completed","event_id":"e1","output":{"data":[{"error":"not this"}]},"success":true}""")]
    [InlineData("""data: {"msg":"log","event_id":"e1","error":"not this"}""")]
    [InlineData("""data: {"msg":"x","output":{"error":"cut""")]
    [InlineData("data: [1]")]
    [InlineData(": comment")]
    [InlineData("")]
    public void EventMessage_WithoutATextOfAnError_HasNone(string text) =>
        Assert.Null(EventMessage.Read(Encoding.UTF8.GetBytes(text + "\n\n"), true, isOfOneEvent: false).ErrorEnd);

    [Fact]
    public void EventMessage_OfACallStream_ReadsTheEventAndTheOutputItself()
    {
        var bytes = Encoding.UTF8.GetBytes("event: error\ndata: {\"error\": \"no\", \"title\": \"T\"}\n\n");

        var message = EventMessage.Read(bytes, true, isOfOneEvent: true);

        Assert.Equal("error", message.Kind);
        Assert.Equal("event: error\ndata: {\"error\": \"no!\", \"title\": \"T\"}\n\n", Encoding.UTF8.GetString(message.Append(bytes, "!")));
    }

    [Theory]
    [InlineData("""{"data":[{"fn_index":7}],"fn_index":3,"session_hash":"s"}""", 3, "s")]
    [InlineData("""{"session_hash":"s","data":[[["x"]]],"fn_index":3}""", 3, "s")]
    [InlineData("""{"fn_index":"3"}""", null, null)]
    [InlineData("""{"fn_index":99999999999}""", null, null)]
    [InlineData("""[1]""", null, null)]
    [InlineData("""{"fn_index":""", null, null)]
    [InlineData("", null, null)]
    public void JoinBody_OfAnything_IsWhatItSaysAtItsTop(string json, int? function, string? session) =>
        Assert.Equal((function, session), (JoinBody.Read(Encoding.UTF8.GetBytes(json)).Function, JoinBody.Read(Encoding.UTF8.GetBytes(json)).Session));

    [Theory]
    [InlineData("POST", "/gradio_api/queue/join", nameof(GradioCallKind.Join), "")]
    [InlineData("POST", "/queue/join", nameof(GradioCallKind.Join), "")]
    [InlineData("POST", "/mounted/gradio_api/queue/join", nameof(GradioCallKind.Join), "")]
    [InlineData("POST", "/gradio_api/call/predict", nameof(GradioCallKind.Call), "/predict")]
    [InlineData("POST", "/gradio_api/call/v2/predict", nameof(GradioCallKind.Call), "/predict")]
    [InlineData("GET", "/gradio_api/call/predict/abc", nameof(GradioCallKind.CallStream), "")]
    [InlineData("GET", "/gradio_api/queue/data", nameof(GradioCallKind.SessionStream), "")]
    [InlineData("POST", "/gradio_api/run/predict", nameof(GradioCallKind.Whole), "/predict")]
    [InlineData("POST", "/api/predict/", nameof(GradioCallKind.Whole), "/predict")]
    [InlineData("GET", "/gradio_api/mcp/sse", nameof(GradioCallKind.Whole), "/mcp")]
    [InlineData("POST", "/gradio_api/upload", nameof(GradioCallKind.Plain), "")]
    [InlineData("POST", "/gradio_api/cancel", nameof(GradioCallKind.Cancel), "")]
    [InlineData("GET", "/assets/index.js", nameof(GradioCallKind.Static), "")]
    [InlineData("POST", "/assets/index.js", nameof(GradioCallKind.Whole), "/assets/index.js")]
    [InlineData("GET", "/", nameof(GradioCallKind.Plain), "")]
    [InlineData("PUT", "/anything", nameof(GradioCallKind.Whole), "/anything")]
    public void GradioCall_OfAPath_IsWhatGradioTakesItFor(string method, string path, string kind, string endpoint)
    {
        var context = new DefaultHttpContext { Request = { Method = method, Path = path } };

        var call = GradioCall.Of(context.Request, isUpgrade: false);

        Assert.Equal((kind, endpoint), (call.Kind.ToString(), call.Endpoint));
    }
}
