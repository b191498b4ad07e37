using Microsoft.AspNetCore.Diagnostics;
using Stint.Hub.Texts;

namespace Stint.Hub.Layout;

/// <summary>
/// What the hub's own address says where nothing else would: an address that is none, a method it does not take. People get a
/// page, programs a problem. An answer that has a body, or a type of its own, is left as it is.
/// </summary>
internal static class BareAnswers
{
    public static void UseBareAnswers(this IApplicationBuilder app) => app.UseStatusCodePages(SayAsync);

    private static Task SayAsync(StatusCodeContext bare)
    {
        var context = bare.HttpContext;
        var status = context.Response.StatusCode;
        return IsForPeople(context.Request)
            ? Pages.Notice(StatusTexts.Title(status), StatusTexts.Sentence(status), status).ExecuteAsync(context)
            : context.Response.WriteAsync(Problems.OfStatus(status));
    }

    /// <summary>What is under <c>/v1</c> and <c>/api</c> reads the same in a browser as in a program.</summary>
    private static bool IsForPeople(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && !request.Path.StartsWithSegments("/v1") && !request.Path.StartsWithSegments("/api");
}
