using Stint.Hub.Doctor.Observing;
using Stint.Hub.Layout;

namespace Stint.Hub.Doctor;

/// <summary>
/// The doctor's doors at the hub: <c>POST /v1/doctor</c> for programs and for the page, <c>/doctor</c> for people. They never
/// refuse: who comes with broken evidence is whom they are for.
/// </summary>
internal sealed class DoctorEndpoints(Observer observer, DoctorThrottle throttle)
{
    public const string Path = "/v1/doctor";
    private const int LongestName = 200;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(Path, (DoctorRequest request, HttpContext context, DoctorEndpoints doctor) => doctor.ExamineAsync(request, context))
            .AllowAnonymous().WithTags("doctor").WithName("examine").WithSummary("Walks the caller's way from the hub to the GPU and says what is amiss. Takes any evidence, or none.")
            .Produces<DoctorAnswer>();
        app.MapGet("/doctor", (HttpContext context, DoctorEndpoints doctor, string? space = null) => doctor.ShowAsync(space, context)).ExcludeFromDescription();
    }

    private async Task<IResult> ExamineAsync(DoctorRequest request, HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (request.Space is { Length: > LongestName }) return Problems.Invalid("space is too long to be one").ToResult();
        if (!throttle.Enter(context)) return Problems.Client(StatusCodes.Status429TooManyRequests, "doctor-busy", "The doctor was asked too often", "Ask again in a few seconds.").ToResult();
        return Results.Json(DoctorAnswer.Of(await observer.LookAsync(context, request.Space, request.Caller)));
    }

    /// <summary>Whole without script: then it shows what the hub alone can see.</summary>
    private async Task<IResult> ShowAsync(string? space, HttpContext context)
    {
        var asked = space is { Length: > 0 and <= LongestName } ? space : null;
        if (!throttle.Enter(context)) return Pages.Notice("The doctor was asked too often", "Ask again in a few seconds.", StatusCodes.Status429TooManyRequests);
        var seen = await observer.LookAsync(context, asked, caller: null);
        return Pages.Page<DoctorPage>(new { View = new DoctorView(asked, seen.Space?.Address, DoctorAnswer.Of(seen)) }, frames: seen.Space?.Address);
    }
}

/// <summary>The doctor's page before anything was tried from the browser.</summary>
/// <param name="Address">The Space's own address, for the page to try from its place; null where there is none.</param>
public sealed record DoctorView(string? Space, Uri? Address, DoctorAnswer Answer);
