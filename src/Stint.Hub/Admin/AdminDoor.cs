using Stint.Core;
using Stint.Core.Identities;
using Stint.Hub.Layout;

namespace Stint.Hub.Admin;

/// <summary>
/// Lets administrators through, and nobody else: 1 who is not signed in signs in first 2 who is no administrator is told so and
/// learns nothing more 3 what changes something comes from a page of ours. Behind it the form is read and the administrator known.
/// </summary>
internal sealed class AdminDoor(HubCookie cookie, PageForms forms) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var isRead = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        // 1
        if (cookie.Read(http) is not { } visitor)
            return isRead ? Results.LocalRedirect(Links.SignIn(http.Request.Path, "sign-in-needed")) : Pages.Notice("Nothing was changed", "Sign in as an administrator and send it again.", StatusCodes.Status401Unauthorized);
        // 2
        if (visitor.Account.Role != AccountRole.Administrator) return Pages.Notice("For administrators", "This page is for administrators of this hub.", StatusCodes.Status403Forbidden);
        // 3
        var form = isRead ? FormCollection.Empty : await forms.ReadAsync(http).ConfigureAwait(false);
        if (form is null) return Pages.Notice("Nothing was changed", PageForms.TooOld, StatusCodes.Status400BadRequest);
        http.Features.Set(new Administrator(visitor.Account, form));
        return await next(context).ConfigureAwait(false);
    }
}

/// <summary>The administrator who asks, and what was filled in.</summary>
internal sealed record Administrator(Account Account, IFormCollection Form)
{
    /// <exception cref="InvariantBrokenException">Where the endpoint stands outside of the door.</exception>
    public static Administrator Of(HttpContext context)
    {
        var administrator = context.Features.Get<Administrator>();
        Invariant.Holds(administrator is not null, $"{context.Request.Path} is served to administrators only");
        return administrator;
    }

    /// <summary>A field without space around it; empty where there is none, or where it is longer than any may be.</summary>
    public string Field(string name) => Form[name] is [{ Length: <= 2_000 } text] ? text.Trim() : "";

    public bool Has(string name) => Form[name] is [{ Length: > 0 }];

    /// <summary>GPU time given in seconds, to the millisecond; null where it is none.</summary>
    public long? Milliseconds(string name) =>
        decimal.TryParse(Field(name), System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 100_000_000
            ? (long)(seconds * 1000)
            : null;
}
