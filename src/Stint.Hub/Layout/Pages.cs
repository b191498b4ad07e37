using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Stint.Hub.Layout;

/// <summary>A page of the hub as an answer: rendered on the server, whole without script, never framed by anyone.</summary>
internal static class Pages
{
    /// <param name="frames">The one origin that the page may frame, by way of the hub; null for none.</param>
    /// <param name="leadsTo">An origin that a form of the page may lead on to, besides the hub; browsers follow no other.</param>
    public static IResult Page<TPage>(object? parameters = null, int status = StatusCodes.Status200OK, Uri? frames = null, Uri? leadsTo = null) where TPage : IComponent =>
        new Framed(new RazorComponentResult<TPage>(parameters ?? new { }) { StatusCode = status, PreventStreamingRendering = true }, PolicyOf(frames, leadsTo));

    /// <summary>A page that says one thing, and where signing in may help offers that.</summary>
    public static IResult Notice(string title, string text, int status, string? next = null) => Page<NoticePage>(new { Title = title, Text = text, Next = next }, status);

    private static string PolicyOf(Uri? frames, Uri? leadsTo) =>
        $"default-src 'self'; frame-src {(frames is null ? "'none'" : $"'self' {Origin(frames)}")}; frame-ancestors 'none'; "
        + $"form-action 'self'{(leadsTo is null ? "" : " " + Origin(leadsTo))}; base-uri 'none'; object-src 'none'";

    private static string Origin(Uri address) => address.GetLeftPart(UriPartial.Authority);

    private sealed class Framed(IResult page, string policy) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var headers = httpContext.Response.Headers;
            headers.ContentSecurityPolicy = policy;
            headers.XContentTypeOptions = "nosniff";
            // Other sites hear nothing; the hub's own forms must be able to say that they come from here.
            headers["Referrer-Policy"] = "same-origin";
            headers.CacheControl = "no-store";
            return page.ExecuteAsync(httpContext);
        }
    }
}
