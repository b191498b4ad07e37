using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Stint.Hub.Billing;

/// <summary>The OpenAPI document of <c>/v1</c>: what it says beyond what the endpoints say of themselves.</summary>
internal static class ApiDescription
{
    public const string Version = "v1";
    private const string Bearer = "accessToken";

    public static void Configure(OpenApiOptions options)
    {
        options.ShouldInclude = endpoint => endpoint.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer((document, _, _) =>
        {
            Describe(document);
            return Task.CompletedTask;
        });
    }

    public static TBuilder ProducesProblems<TBuilder>(this TBuilder endpoints, params int[] statuses) where TBuilder : IEndpointConventionBuilder
    {
        foreach (var status in statuses)
            endpoints.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(Problem), [Problem.ContentType]));
        return endpoints;
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Stint",
            Version = Version,
            Description = "GPU time: what is left, what a run would cost, what was charged and why something was refused. "
                + "Amounts carry their unit in their name; moments are UTC. Every answer carries the RateLimit-Policy and RateLimit fields.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "hf_...",
            Description = "An access token of this hub with the permission quota.read.",
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] }];
    }
}
