namespace Stint.Hub.HubApi;

/// <summary>The wire of <c>huggingface_hub</c>, <c>gradio_client</c>, <c>@gradio/client</c> and quota tools, under <c>/api</c>.</summary>
internal static class HubApiSetup
{
    public static void AddHubApi(this IServiceCollection services)
    {
        services.AddSingleton<SpaceApi>();
        services.AddSingleton<AccountApi>();
    }

    public static void MapHubApi(this WebApplication app)
    {
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/api"), api =>
        {
            api.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = Fail });
            api.UseStatusCodePages(bare => HubError.OfStatus(bare.HttpContext.Response.StatusCode).ExecuteAsync(bare.HttpContext));
            api.UseMiddleware<HubAttribution>();
        });
        SpaceApi.Map(app);
        AccountApi.Map(app);
        AgentText.Map(app);
        app.MapMethods("/api/telemetry/{**about}", [HttpMethods.Head, HttpMethods.Get, HttpMethods.Post], () => Results.Ok()).ExcludeFromDescription();
        app.MapFallback("/api/{**path}", HubError.Missing).ExcludeFromDescription();
    }

    /// <summary>What the answer would have carried was taken back with it.</summary>
    private static Task Fail(HttpContext context)
    {
        HubAttribution.Mark(context.Response.Headers);
        return HubError.HubFailed().ExecuteAsync(context);
    }
}
