using Stint.Core;
using Stint.Hub.Engine;
using Stint.Hub.Layout.Live;
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
        services.AddSingleton<LiveSignals>();
        services.AddSingleton<IEffects>(container => container.GetRequiredService<LiveSignals>());
        services.AddSingleton<LiveStreams>();
    }

    /// <summary>
    /// What every answer of the hub's own address says, errors too: nobody frames it, and it is what it is said to be; pages say
    /// more. Whatever fails beneath is answered here, and so is what would be a status with nothing to read.
    /// </summary>
    public static void UseHubHeaders(this WebApplication app)
    {
        var signals = app.Services.GetRequiredService<LiveSignals>();
        app.Use((context, next) => AnswerAsync(context, next, signals, app.Logger));
        app.UseBareAnswers();
    }

    private static async Task AnswerAsync(HttpContext context, RequestDelegate next, LiveSignals signals, ILogger log)
    {
        context.Response.OnStarting(static state =>
        {
            var headers = ((HttpResponse)state).Headers;
            if (headers.ContentSecurityPolicy.Count == 0) headers.ContentSecurityPolicy = "frame-ancestors 'none'";
            headers.XContentTypeOptions = "nosniff";
            return Task.CompletedTask;
        }, context.Response);
        context.Features.Set(new LiveSeen(signals.Last));
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (BadHttpRequestException refused) when (!context.Response.HasStarted)
        {
            await SayAsync(context.Response, refused.StatusCode, Unreadable).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The server's own log would be all that is left of it, and an empty page.
        catch (Exception e) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested && e is not InvariantBrokenException)
#pragma warning restore CA1031
        {
            log.PageFailed(e);
            await SayAsync(context.Response, StatusCodes.Status500InternalServerError, Problems.HubAtFault.Detail).ConfigureAwait(false);
        }
    }

    /// <summary>As plain text: what makes pages may be what failed.</summary>
    private static Task SayAsync(HttpResponse response, int status, string text)
    {
        response.Clear();
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync(text + "\n");
    }

    private const string Unreadable = "It was not sent as requests are, or is longer than any to this address.";
}
