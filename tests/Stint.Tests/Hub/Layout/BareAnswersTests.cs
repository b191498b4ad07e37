using System.Net;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Stint.Tests.Hub.Layout;

/// <summary>Nobody stands before an empty page: what the hub has no answer for still says what is the matter.</summary>
public sealed class BareAnswersTests : IDisposable
{
    private const string OfBrowsers = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Theory]
    [InlineData("GET", "/nothing/here", 404, "There is no such page")]
    [InlineData("GET", "/settings/none", 404, "There is no such page")]
    [InlineData("GET", "/%3Cscript%3Ealert(1)%3C/script%3E", 404, "There is no such page")]
    [InlineData("POST", "/nothing/here", 404, "There is no such page")]
    [InlineData("PUT", "/settings/billing", 405, "This page is asked for in another way")]
    [InlineData("GET", "/live?to=none-such", 400, "The request cannot be read")]
    public async Task Address_OfNothing_IsAPageForPeople(string method, string path, int status, string title)
    {
        hub.Start();
        using var answer = await AskAsync(method, path, OfBrowsers);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains($"<h1>{title}</h1>", page, StringComparison.Ordinal);
        Assert.Contains("<a href=\"/\">", page, StringComparison.Ordinal);
        Assert.DoesNotContain("alert(1)", page, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", string.Join(' ', answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        if (status == 405) Assert.Equal(["GET"], answer.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("GET", "/nothing/here", 404, "not-found", "*/*")]
    [InlineData("GET", "/nothing/here", 404, "not-found", null)]
    [InlineData("PUT", "/settings/billing", 405, "method-not-allowed", "application/json")]
    public async Task Address_OfNothing_IsAProblemForPrograms(string method, string path, int status, string code, string? accept)
    {
        hub.Start();
        using var answer = await AskAsync(method, path, accept);
        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal((code, status), (problem.RootElement.GetProperty("code").GetString(), problem.RootElement.GetProperty("status").GetInt32()));
    }

    /// <summary>Clients of the Hub API read <c>error</c>, whoever sends the request.</summary>
    [Theory]
    [InlineData("GET", "/api/nothing", 404)]
    [InlineData("DELETE", "/api/whoami-v2", 404)]
    public async Task Address_OfNothingInTheHubApi_IsAnErrorInItsOwnForm(string method, string path, int status)
    {
        hub.Start();
        using var answer = await AskAsync(method, path, OfBrowsers);
        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        using var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal("Not Found", error.RootElement.GetProperty("error").GetString());
    }

    /// <summary>An answer that says something by itself, if only by its type, stays as it is.</summary>
    [Fact]
    public async Task Answer_WithABody_IsLeftAsItIs()
    {
        hub.Start();
        using var missing = await AskAsync("GET", "/problems/none-such", OfBrowsers);
        Assert.StartsWith("No problem of this hub is called that.", await missing.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var space = await AskAsync("GET", "/spaces/no/such", OfBrowsers);
        Assert.Contains("<h1>No such Space</h1>", await space.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> AskAsync(string method, string path, string? accept)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        if (method is "POST" or "PUT") request.Content = new StringContent("", Encoding.UTF8, "application/x-www-form-urlencoded");
        return await hub.Browser().SendAsync(request);
    }
}
