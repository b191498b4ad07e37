using System.Text.Json.Serialization;
using Stint.Hub.Tokens;

namespace Stint.Hub.HubApi;

/// <summary>
/// An error as clients of the Hub API read it: a body with <c>error</c>, and headers that <c>huggingface_hub</c> decides by.
/// Over http it believes in a missing Space only where <c>X-Error-Code</c> says so.
/// </summary>
/// <param name="Error">A sentence for people.</param>
/// <param name="Cause">The same as one stable word of ours.</param>
public sealed record HubErrorAnswer(string Error, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cause = null);

/// <summary>Makes the errors of <c>/api</c>.</summary>
internal static class HubError
{
    public const string IdHeader = "X-Request-Id";
    public const string CodeHeader = "X-Error-Code";
    public const string MessageHeader = "X-Error-Message";

    private const string RepoNotFound = "RepoNotFound";

    /// <summary>Over https <c>huggingface_hub</c> takes any other 401 about a Space for a Space that is not there.</summary>
    private const string BadCredentials = "Invalid credentials in Authorization header";

    private const string BadToken = "Invalid user token.";

    /// <summary>One that its caller may not see is answered like one that never was.</summary>
    public static IResult SpaceMissing() => Of(StatusCodes.Status404NotFound, "Repository not found", code: RepoNotFound);

    public static IResult Missing() => Of(StatusCodes.Status404NotFound, "Not Found");

    /// <summary>What the framework answered with a bare status.</summary>
    public static IResult OfStatus(int status) => status == StatusCodes.Status404NotFound ? Missing() : Of(status, Problems.OfStatus(status).Title, Problems.OfStatus(status).Code);

    /// <summary>Evidence was there and does not hold.</summary>
    /// <param name="sentence">What is wrong with it.</param>
    public static IResult Unrecognised(string sentence, string cause, HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"stint\", error=\"invalid_token\", error_description=\"{cause}\"";
        var text = $"{BadToken} {sentence}";
        return Of(StatusCodes.Status401Unauthorized, text, cause, message: context.Request.Path.StartsWithSegments("/api/spaces") ? BadCredentials : text);
    }

    public static IResult Unrecognised(AccessTokenOutcome outcome, HttpContext context) =>
        Unrecognised(Texts.EvidenceTexts.Sentence(outcome), Texts.EvidenceTexts.Code(outcome), context);

    /// <summary>Nothing said who asks, and somebody has to be.</summary>
    public static IResult NobodyKnown(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"stint\"";
        return Of(StatusCodes.Status401Unauthorized, $"{Texts.EvidenceTexts.Missing} {Texts.EvidenceTexts.HowToBeRecognised}", Texts.EvidenceTexts.MissingCode);
    }

    public static IResult NotPermitted(string permission)
    {
        var problem = Problems.PermissionMissing(permission);
        return Of(problem.Status, problem.Detail, problem.Code);
    }

    public static IResult Invalid(string sentence) => Of(StatusCodes.Status400BadRequest, sentence, "request-invalid");

    public static IResult HubFailed() => Of(StatusCodes.Status500InternalServerError, Problems.HubAtFault.Detail, Problems.HubAtFault.Code);

    private static Failure Of(int status, string error, string? cause = null, string? code = null, string? message = null) => new(status, new(error, cause), code, message ?? error);

    private sealed class Failure(int status, HubErrorAnswer answer, string? code, string message) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var headers = httpContext.Response.Headers;
            if (code is not null) headers[CodeHeader] = code;
            headers[MessageHeader] = string.Concat(message.Where(letter => letter is >= ' ' and <= '~'));
            return Results.Json(answer, statusCode: status).ExecuteAsync(httpContext);
        }
    }
}
