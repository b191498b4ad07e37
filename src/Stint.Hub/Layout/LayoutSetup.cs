using Stint.Hub.Telemetry;

namespace Stint.Hub.Layout;

/// <summary>What every page of the hub needs.</summary>
internal static class LayoutSetup
{
    public static void AddPages(this IServiceCollection services, HubOptions options)
    {
        var isSecure = options.Url.Scheme == Uri.UriSchemeHttps;
        services.AddRazorComponents();
        services.AddAntiforgery(forms =>
        {
            forms.Cookie.Name = isSecure ? "__Host-stint-form" : $"stint-form.{options.Url.Port}";
            forms.Cookie.SecurePolicy = isSecure ? CookieSecurePolicy.Always : CookieSecurePolicy.None;
            forms.Cookie.SameSite = SameSiteMode.Strict;
            forms.Cookie.Path = "/";
            // Pages say it themselves, in their Content-Security-Policy.
            forms.SuppressXFrameOptionsHeader = true;
        });
        services.AddCounts();
        services.AddSingleton<HubCookie>();
        services.AddSingleton<PageForms>();
    }

    /// <summary>What every answer of the hub's own address says, errors too: nobody frames it, and it is what it is said to be. Pages say more.</summary>
    public static void UseHubHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(static state =>
        {
            var headers = ((HttpResponse)state).Headers;
            if (headers.ContentSecurityPolicy.Count == 0) headers.ContentSecurityPolicy = "frame-ancestors 'none'";
            headers.XContentTypeOptions = "nosniff";
            return Task.CompletedTask;
        }, context.Response);
        return next(context);
    });
}
