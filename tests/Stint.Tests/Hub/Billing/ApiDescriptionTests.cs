using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Xunit;

namespace Stint.Tests.Hub.Billing;

public sealed class ApiDescriptionTests : IDisposable
{
    private readonly BillingHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    public async Task Document_AsServed_IsValidOpenApi()
    {
        var result = OpenApiDocument.Parse(await TextAsync(), "json");

        Assert.Empty(result.Diagnostic!.Errors);
        Assert.Empty(result.Document!.Validate(ValidationRuleSet.GetDefaultRuleSet()));
    }

    [Fact]
    public async Task Document_OfAllRoutes_ListsEachWithSummaryAnswersAndWhoMayAsk()
    {
        using var document = JsonDocument.Parse(await TextAsync());
        var app = await hub.StartAsync();
        var routes = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.RoutePattern.RawText!.StartsWith("/v1/", StringComparison.Ordinal))
            .SelectMany(route => route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => (route.RoutePattern.RawText!, method.ToLowerInvariant())));

        var paths = document.RootElement.GetProperty("paths");
        var listed = paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(operation => (path.Name, operation.Name)));
        Assert.Equal(routes.Order(), listed.Order());
        foreach (var operation in paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject()))
        {
            Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!);
            var answers = operation.Value.GetProperty("responses");
            Assert.True(answers.GetProperty("200").TryGetProperty("content", out _), operation.Value.ToString());
            Assert.True(answers.GetProperty("401").GetProperty("content").TryGetProperty("application/problem+json", out _));
        }

        Assert.Equal("bearer", document.RootElement.GetProperty("components").GetProperty("securitySchemes").GetProperty("accessToken").GetProperty("scheme").GetString());
        Assert.Single(document.RootElement.GetProperty("security").EnumerateArray());
    }

    private async Task<string> TextAsync()
    {
        using var response = await hub.SendAsync(HttpMethod.Get, "/openapi/v1.json", null);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }
}
