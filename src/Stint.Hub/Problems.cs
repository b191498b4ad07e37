using System.Globalization;
using System.Text.Json.Serialization;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Texts;

namespace Stint.Hub;

/// <summary>
/// Why a request got no answer, as a program and a person can act on it: RFC 9457 problem details. The type never changes
/// for the same cause; every number is a value, and its sentence was made from that value.
/// </summary>
/// <param name="Type">A path of this hub that explains the cause.</param>
/// <param name="Code">The cause as one stable word.</param>
/// <param name="Side">Who is at fault: <c>client</c>, <c>hub</c>, <c>node</c> or <c>space</c>.</param>
public sealed record Problem(string Type, string Title, int Status, string Detail, string Code, string Side)
{
    public const string ContentType = "application/problem+json";

    /// <summary>Every reason of a refusal, in the order of the checks.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Reason>? Reasons { get; init; }

    /// <summary>When the same request fits unless something new is used; absent where that is not known or never comes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTime? RetryAt { get; init; }

    /// <summary>Where the refusal can be opened.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Refusal { get; init; }

    /// <summary>The permission that the evidence lacks.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Permission { get; init; }
}

/// <summary>One reason of a refusal as values; a client may make its own sentence of them.</summary>
/// <param name="Unit">Of both amounts.</param>
/// <param name="RequiredSeconds">Always more than what is left, or than the limit.</param>
/// <param name="Purse">The purse that does not hold it, as a quota answer names it: so one's own can be told from another's.</param>
/// <param name="LimitSeconds">What the plan never passes, where waiting does not help.</param>
/// <param name="Action">What to do, as one stable word; the advice says it as a sentence.</param>
public sealed record Reason(
    string Cause, string Unit, decimal? RequiredSeconds, decimal? LeftSeconds, decimal? LimitSeconds, string? Purse, DateTime? RetryAt, string Action, string Sentence, string Advice)
{
    public const string GpuSeconds = "gpu-seconds";

    public static Reason Of(RefusalReason reason, IdentityId? identity, FunctionKey function, TimeSpan declared, QuotaReading? reading)
    {
        var never = reason.Cause == RefusalCause.DurationNeverAllowed;
        var purse = reason.Cause == RefusalCause.QuotaExceeded && identity is { } payer ? PurseId.OfAllowance(payer).Value : null;
        return new(
            RefusalTexts.Code(reason.Cause), GpuSeconds, reason.Required?.InSeconds(), never ? null : reason.Left?.InSeconds(), never ? reason.Left?.InSeconds() : null, purse,
            reason.RetryAt?.ToUtc().UtcDateTime, RefusalTexts.Action(reason.Cause), RefusalTexts.Sentence(reason, function, declared, reading), RefusalTexts.Advice(reason, identity));
    }
}

/// <summary>The one place that says which answer a cause gets on the hub's own API.</summary>
public static class Problems
{
    /// <summary>401 who are you · 402 needs credit · 403 never · 429 later · 503 no capacity.</summary>
    public static int StatusOf(RefusalCause cause) => cause switch
    {
        RefusalCause.NoVisitor or RefusalCause.TokenExpired or RefusalCause.TokenForged => StatusCodes.Status401Unauthorized,
        RefusalCause.TokenOfAnotherSpace or RefusalCause.IdentityUnknown or RefusalCause.TokenUsedUp => StatusCodes.Status401Unauthorized,
        RefusalCause.DurationNeverAllowed or RefusalCause.SizeNotInPool => StatusCodes.Status403Forbidden,
        RefusalCause.CeilingReached => StatusCodes.Status402PaymentRequired,
        RefusalCause.QuotaExceeded or RefusalCause.TooManyWaiting => StatusCodes.Status429TooManyRequests,
        RefusalCause.SpaceCeilingReached or RefusalCause.DeviceCapReached or RefusalCause.AnonymousCapReached => StatusCodes.Status429TooManyRequests,
        RefusalCause.PoolQueueFull or RefusalCause.NoGpuInTime => StatusCodes.Status503ServiceUnavailable,
    };

    /// <summary>Who can put it right: the Space whose code lost its visitor, the hub whose GPUs are all in use, else the caller.</summary>
    public static string SideOf(RefusalCause cause) => cause switch
    {
        RefusalCause.NoVisitor => "space",
        RefusalCause.SizeNotInPool or RefusalCause.PoolQueueFull or RefusalCause.NoGpuInTime => "hub",
        RefusalCause.TokenExpired or RefusalCause.TokenForged or RefusalCause.TokenOfAnotherSpace or RefusalCause.IdentityUnknown => "client",
        RefusalCause.DurationNeverAllowed or RefusalCause.TokenUsedUp or RefusalCause.QuotaExceeded or RefusalCause.TooManyWaiting => "client",
        RefusalCause.CeilingReached or RefusalCause.SpaceCeilingReached or RefusalCause.DeviceCapReached or RefusalCause.AnonymousCapReached => "client",
    };

    public static string TypeOf(string code) => $"/problems/{code}";

    public static Problem Of(Refusal refusal)
    {
        var cause = refusal.Main.Cause;
        var code = RefusalTexts.Code(cause);
        return new(
            TypeOf(code), RefusalTexts.Title(cause), StatusOf(cause),
            RefusalTexts.Detail(refusal.Reasons, refusal.Identity, refusal.Function, refusal.Declared, refusal.Reading), code,
            SideOf(cause))
        {
            Reasons = [.. refusal.Reasons.Select(reason => Reason.Of(reason, refusal.Identity, refusal.Function, refusal.Declared, refusal.Reading))],
            RetryAt = refusal.RetryAt?.ToUtc().UtcDateTime,
            Refusal = $"/v1/refusals/{refusal.Id}",
        };
    }

    /// <summary>A problem of the request itself.</summary>
    public static Problem Client(int status, string code, string title, string detail) => new(TypeOf(code), title, status, detail, code, "client");

    public static readonly Problem HubAtFault = Client(
        StatusCodes.Status500InternalServerError, "hub-fault", "The hub failed", "The hub failed to answer. Nothing was charged for it; its log says more.") with { Side = "hub" };

    private static readonly Problem Nothing = Client(
        StatusCodes.Status404NotFound, "not-found", "There is nothing here for you", "There is no such address; /openapi/v1.json lists them all.");

    private static readonly Problem Unreadable = Client(
        StatusCodes.Status400BadRequest, "request-invalid", "The request cannot be read", "Its parameters or its body are not of the form that /openapi/v1.json describes.");

    private static readonly Problem OtherMethod = Client(
        StatusCodes.Status405MethodNotAllowed, "method-not-allowed", "This address takes another method", "The Allow header of the answer names the methods.");

    private static readonly Problem OtherBody = Client(
        StatusCodes.Status415UnsupportedMediaType, "body-not-json", "The body is not JSON", "Send the body as Content-Type: application/json.");

    public static readonly Problem Forbidden = Client(
        StatusCodes.Status403Forbidden, "permission-missing", "The token does not permit this", "Make an access token that has the permission.");

    private static readonly Problem Conflicting = Client(
        StatusCodes.Status409Conflict, "conflict", "This cannot be done as things stand", "Something else was done before, or there is too much of it already.");

    /// <summary>The problems that are no refusal and no evidence.</summary>
    public static IReadOnlyList<Problem> Plain => [Unreadable, Forbidden, Nothing, OtherMethod, Conflicting, OtherBody, HubAtFault];

    /// <summary>What the framework answered with a bare status.</summary>
    public static Problem OfStatus(int status) =>
        Plain.FirstOrDefault(problem => problem.Status == status) ?? (status < StatusCodes.Status500InternalServerError ? Unreadable : HubAtFault) with { Status = status };

    public static Problem NotFound(string detail) => Nothing with { Detail = detail };

    public static Problem Conflict(string detail) => Conflicting with { Detail = detail };

    public static Problem Invalid(string detail) => Unreadable with { Detail = detail };

    public static Problem PermissionMissing(string permission) => Forbidden with
    {
        Detail = $"This needs the permission '{permission}', which the access token does not have. Make one that has it.",
        Permission = permission,
    };

    public static IResult ToResult(this Problem problem) => Results.Json(problem, contentType: Problem.ContentType, statusCode: problem.Status);

    /// <summary>Writes a refusal; <c>Retry-After</c> only where its moment is known.</summary>
    public static async Task WriteAsync(this HttpResponse response, Refusal refusal, Instant now)
    {
        // A known moment that is already past says "now", and the field may not say less than one second.
        if (refusal.RetryAt is { } at)
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling((at - now).TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        await response.WriteAsync(Of(refusal)).ConfigureAwait(false);
    }

    public static async Task WriteAsync(this HttpResponse response, Problem problem)
    {
        response.StatusCode = problem.Status;
        await response.WriteAsJsonAsync(problem, options: null, Problem.ContentType).ConfigureAwait(false);
    }
}
