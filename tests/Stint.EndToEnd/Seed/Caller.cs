using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Seed;

/// <summary>What became of one call: as the app's own last event says it, or the answer that kept it from the app.</summary>
/// <param name="Status">Of the request that begins the event.</param>
/// <param name="Error">The text that a Gradio client shows its user.</param>
internal sealed record CallEnd(HttpStatusCode Status, bool Succeeded, string Error, string? Code = null);

/// <summary>Sends what a browser or a program would, from an address of its own: cookies are kept, redirects followed.</summary>
internal sealed partial class Caller : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SeedHub seed;
    private readonly CookieContainer cookies = new();
    private readonly HttpClient http;

    public Caller(SeedHub seed, string address)
    {
        (this.seed, Address) = (seed, address);
        var handler = seed.Names?.Handler() ?? new SocketsHttpHandler();
        handler.CookieContainer = cookies;
        http = new HttpClient(handler, disposeHandler: true) { Timeout = Patience };
        http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
    }

    public string Address { get; }

    private Uri HubUrl => seed.Hub.Url;

    /// <summary>Goes to a page as the address bar does, or as a frame does.</summary>
    public async Task<(Uri At, string Html)> OpenAsync(Uri page, string destination = "document")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, page);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        request.Headers.Add("Sec-Fetch-Mode", "navigate");
        request.Headers.Add("Sec-Fetch-Dest", destination);
        using var answer = await http.SendAsync(request);
        return (answer.RequestMessage!.RequestUri!, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Fills in the hub's form on the way to the Space, and arrives there.</summary>
    public Task SignInAsync(Person person) => SignInAsync(person, DemoHub.Id, seed.Space);

    public async Task SignInAsync(Person person, string name, Uri space)
    {
        var (at, html) = await OpenAsync(new Uri(HubUrl, $"/visit/{name}?path=/"));
        var fields = HiddenFields().Matches(html).ToDictionary(field => field.Groups[1].Value, field => WebUtility.HtmlDecode(field.Groups[2].Value));
        (fields["username"], fields["password"]) = (person.Name, person.Password);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(at, "/sign-in")) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.Add("Origin", HubUrl.GetLeftPart(UriPartial.Authority));
        using var answer = await http.SendAsync(request);
        Assert.Equal(space, answer.RequestMessage!.RequestUri);
    }

    public Task<Me> MeAsync(params (string Name, string Value)[] headers) => MeAsync(seed.Space, headers);

    public async Task<Me> MeAsync(Uri space, params (string Name, string Value)[] headers)
    {
        using var request = Request(HttpMethod.Get, new Uri(space, "/.stint/me"), headers);
        using var answer = await http.SendAsync(request);
        return (await answer.Content.ReadFromJsonAsync<Me>())!;
    }

    /// <summary>The same question at the hub's own address, by what is sent there: these headers, and the browser's own cookies of the hub.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> MeAtHubAsync(params (string Name, string Value)[] headers)
    {
        using var request = Request(HttpMethod.Get, new Uri(HubUrl, "/v1/me"), headers);
        using var answer = await http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    /// <summary>A picture by Gradio's queue, as its page and its clients ask for one.</summary>
    public Task<CallEnd> RunAsync(double seconds, params (string Name, string Value)[] headers) => RunAsync(seed.Space, seconds, headers);

    /// <param name="space">Where the Space is reached: its address, or what stands before it.</param>
    public async Task<CallEnd> RunAsync(Uri space, double seconds, params (string Name, string Value)[] headers)
    {
        var session = Guid.NewGuid().ToString("N");
        using var join = Request(HttpMethod.Post, new Uri(space, "/gradio_api/queue/join"), headers);
        join.Content = JsonContent.Create(new { data = DemoHub.Picture(seconds), fn_index = 0, session_hash = session });
        using var joined = await http.SendAsync(join);
        if (!joined.IsSuccessStatusCode) return await RefusedAsync(joined);
        using var listen = Request(HttpMethod.Get, new Uri(space, $"/gradio_api/queue/data?session_hash={session}"), headers);
        using var heard = await http.SendAsync(listen, HttpCompletionOption.ResponseHeadersRead);
        using var stream = new StreamReader(await heard.Content.ReadAsStreamAsync());
        using var late = new CancellationTokenSource(Patience);
        while (await stream.ReadLineAsync(late.Token) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            var message = JsonDocument.Parse(line["data: ".Length..]).RootElement;
            if (message.GetProperty("msg").GetString() != "process_completed") continue;
            return new(joined.StatusCode, message.GetProperty("success").GetBoolean(), message.GetProperty("output").TryGetProperty("error", out var error) ? error.GetString() ?? "" : "");
        }

        throw new Xunit.Sdk.XunitException("the stream ended without a result");
    }

    /// <summary>One call of a function by Gradio's simple API.</summary>
    public async Task<CallEnd> AskAsync(Uri space, string function, params (string Name, string Value)[] headers)
    {
        using var call = Request(HttpMethod.Post, new Uri(space, $"/gradio_api/call/{function}"), headers);
        call.Content = JsonContent.Create(new { data = Array.Empty<object>() });
        using var called = await http.SendAsync(call);
        if (!called.IsSuccessStatusCode) return await RefusedAsync(called);
        var id = (await called.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("event_id").GetString();
        using var listen = Request(HttpMethod.Get, new Uri(space, $"/gradio_api/call/{function}/{id}"), headers);
        using var heard = await http.SendAsync(listen);
        var said = await heard.Content.ReadAsStringAsync();
        var hasFailed = said.Contains("event: error", StringComparison.Ordinal);
        var body = JsonDocument.Parse(said[(said.LastIndexOf("data: ", StringComparison.Ordinal) + "data: ".Length)..]).RootElement;
        return new(called.StatusCode, !hasFailed, hasFailed ? body.GetProperty("error").GetString()! : body.ToString());
    }

    /// <summary>Whatever is answered, of any status.</summary>
    public async Task<string> AnswerAsync(Uri address, params (string Name, string Value)[] headers)
    {
        using var request = Request(HttpMethod.Get, address, headers);
        using var answer = await http.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>A request of the test's own making, from this visitor's address and with its cookies.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => http.SendAsync(request);

    public Task<string> ReadAsync(Uri page) => http.GetStringAsync(page);

    public void Dispose() => http.Dispose();

    private static async Task<CallEnd> RefusedAsync(HttpResponseMessage answer)
    {
        var detail = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail");
        Assert.Equal(detail.GetProperty("error").GetString(), detail.GetProperty("auth_message").GetString());
        return new(answer.StatusCode, false, detail.GetProperty("error").GetString()!, detail.GetProperty("code").GetString());
    }

    /// <summary>With the <c>Origin</c> that a browser adds, unless the headers say otherwise.</summary>
    private static HttpRequestMessage Request(HttpMethod method, Uri to, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, to);
        if (method != HttpMethod.Get && headers.All(header => header.Name != "Origin")) request.Headers.Add("Origin", to.GetLeftPart(UriPartial.Authority));
        foreach (var (name, value) in headers)
            if (value.Length > 0) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"")]
    private static partial Regex HiddenFields();
}
