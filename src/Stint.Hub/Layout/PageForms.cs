using Microsoft.AspNetCore.Antiforgery;

namespace Stint.Hub.Layout;

/// <summary>Forms that come back from the hub's own pages. A form that another page sent, or made up, is none of them.</summary>
internal sealed class PageForms(IAntiforgery antiforgery)
{
    public const string TooOld = "The form was not sent by a page of this hub, or the page was open for too long. Send it again.";

    /// <summary>1 is it a form? 2 does the browser say that a page of ours sent it? 3 does it carry what that page was given? Null where not.</summary>
    public async Task<IFormCollection?> ReadAsync(HttpContext context)
    {
        // 1, 2
        if (!IsFromHere(context.Request) || await FieldsAsync(context.Request).ConfigureAwait(false) is not { } fields) return null;
        try
        {
            // 3
            return await antiforgery.IsRequestValidAsync(context).ConfigureAwait(false) ? fields : null;
        }
        catch (AntiforgeryValidationException)
        {
            return null;
        }
    }

    /// <summary>The fields of a form, whoever sent it; null where it is none, cannot be read to its end, or has more than forms have.</summary>
    public static async Task<IFormCollection?> FieldsAsync(HttpRequest request)
    {
        if (!request.HasFormContentType) return null;
        try
        {
            // Whoever leaves ends it too, and the server's own reader is not left half-way.
            return await request.ReadFormAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException or IOException)
        {
            return null;
        }
    }

    /// <summary>Pages of Spaces are other origins of the same machine, so the browser sends them our cookie too; what they cannot change is <c>Origin</c>.</summary>
    public static bool IsFromHere(HttpRequest request) => request.Headers.Origin switch
    {
        [] => true,
        [{ } origin] => Uri.TryCreate(origin, UriKind.Absolute, out var from) && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase),
        _ => false,
    };
}
