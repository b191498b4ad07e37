using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Gateway;

/// <summary>What real clients and a real Gradio said to each other, said again through the gateway.</summary>
public sealed class ConformanceTests : GatewayTest
{
    /// <summary>What a client says that the gateway keeps for itself, or says anew.</summary>
    private static readonly string[] Ours = ["host", "connection", "x-ip-token", "authorization", "x-hf-authorization", "content-length", "transfer-encoding"];

    private static readonly string[] Added = ["host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-ip-token", "content-length", "transfer-encoding", "connection"];

    [SharedTheory]
    [InlineData("gradio512-py-ok")]
    [InlineData("gradio512-py-queue")]
    [InlineData("gradio512-py-quota")]
    [InlineData("gradio512-js-ok")]
    [InlineData("gradio512-js-queue")]
    [InlineData("gradio512-js-quota")]
    [InlineData("gradio625-js")]
    [InlineData("gradio625-py-by-id-space")]
    public async Task Replay_ARecordedClient_PassesUnchangedBothWays(string recording)
    {
        var exchanges = File.ReadLines(Path.Combine(SharedFolder.Path!, "conformance", recording + ".jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Exchange current = null!;
        var received = ("", new Dictionary<string, string>());
        await ServeAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
            received = (await reader.ReadToEndAsync(), context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
            if (context.Request.Path == "/config" && current.Target != "/config") await context.Response.WriteAsync("""{"dependencies":[]}""");
            else await current.AnswerAsync(context);
        });
        var token = Hub.AccessToken("ada");
        foreach (var recorded in exchanges)
        {
            current = Exchange.Of(recorded);
            if (current.Target.Length == 0) continue;
            using var request = current.Request(Hub.Address, token);

            using var response = await Hub.Client.SendAsync(request);

            Assert.Equal(current.Status, (int)response.StatusCode);
            Assert.Equal(current.Body, await response.Content.ReadAsByteArrayAsync());
            Assert.Equal(current.RequestBody, received.Item1);
            foreach (var (name, value) in current.Headers.Where(header => !Ours.Contains(header.Key.ToLowerInvariant()) && !(current.IsStream && header.Key.Equals("accept-encoding", StringComparison.OrdinalIgnoreCase))))
                Assert.Equal(value, received.Item2[name]);
            Assert.DoesNotContain(received.Item2.Keys, name => !current.Headers.ContainsKey(name) && !Added.Contains(name.ToLowerInvariant()));
        }
    }

    private sealed record Exchange(string Method, string Target, Dictionary<string, string> Headers, string RequestBody, int Status, string? ContentType, byte[] Body)
    {
        public bool IsStream => Target.Contains("/queue/data", StringComparison.Ordinal) || (Method == "GET" && Target.Contains("/call/", StringComparison.Ordinal));

        public static Exchange Of(JsonElement recorded)
        {
            var (request, response) = (recorded.GetProperty("request"), recorded.GetProperty("response"));
            var line = request.GetProperty("line").GetString()!.Split(' ');
            var headers = Strings(response.GetProperty("headers"));
            var body = response.GetProperty("body").GetString() ?? "";
            // Recorded as UTF-8 text, chunks and all.
            var bytes = headers.GetValueOrDefault("Transfer-Encoding") == "chunked" ? Unchunk(Encoding.UTF8.GetBytes(body)) : Encoding.UTF8.GetBytes(body);
            return new(
                line[0], line.Length > 1 ? line[1] : "", Strings(request.GetProperty("headers")), request.GetProperty("body").GetString() ?? "",
                response.GetProperty("status").GetInt32(), headers.GetValueOrDefault("content-type"), bytes);
        }

        public HttpRequestMessage Request(Uri address, string token)
        {
            var request = new HttpRequestMessage(new HttpMethod(Method), new Uri(address.GetLeftPart(UriPartial.Authority) + Target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            if (RequestBody.Length > 0) request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(RequestBody));
            foreach (var (name, value) in Headers)
            {
                if (Ours.Contains(name.ToLowerInvariant())) continue;
                if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content?.Headers.TryAddWithoutValidation(name, value);
            }

            // A recorded GET that speaks of its content type has no content; only a content can say so here.
            if (request.Content is null && Headers.Keys.Any(name => name.Equals("content-type", StringComparison.OrdinalIgnoreCase)))
            {
                request.Content = new ByteArrayContent([]);
                request.Content.Headers.TryAddWithoutValidation("Content-Type", Headers.First(header => header.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase)).Value);
            }

            if (Headers.Keys.Any(name => name.Equals("x-hf-authorization", StringComparison.OrdinalIgnoreCase))) request.Headers.TryAddWithoutValidation("x-hf-authorization", "Bearer " + token);
            if (Headers.Keys.Any(name => name.Equals("authorization", StringComparison.OrdinalIgnoreCase))) request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
            return request;
        }

        public async Task AnswerAsync(HttpContext context)
        {
            context.Response.StatusCode = Status;
            if (ContentType is not null) context.Response.ContentType = ContentType;
            await context.Response.Body.WriteAsync(Body);
        }

        private static Dictionary<string, string> Strings(JsonElement headers) =>
            headers.EnumerateObject().ToDictionary(header => header.Name, header => header.Value.GetString() ?? "", StringComparer.OrdinalIgnoreCase);

        private static byte[] Unchunk(byte[] chunked) => Encoding.Latin1.GetBytes(RawClient.Unchunk(Encoding.Latin1.GetString(chunked)));
    }
}
