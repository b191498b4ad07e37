using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Spaces.Care;
using Stint.Hub.Store;

namespace Stint.Hub.Spaces.Front;

/// <summary>How a Space does and what it writes, for programs: its owner and administrators read its output, as it is written where they like.</summary>
internal sealed class ReportEndpoints(Catalogue catalogue, SpaceFleet fleet, SpaceCare care, HubOptions options, IHostApplicationLifetime lifetime) : IDisposable
{
    public const int MostLines = 10_000;
    public const int MostStreams = 200;

    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private readonly SemaphoreSlim streams = new(MostStreams);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/spaces/{owner}/{name}", (string owner, string name, HttpContext context, ReportEndpoints spaces) => spaces.Report(owner, name, context))
            .WithName("getSpace").WithSummary("How a Space does: its stage, crashes and limits; for its owner also what is wrong and its last lines.")
            .Produces<SpaceReport>().WithTags("spaces");
        app.MapGet("/v1/spaces/{owner}/{name}/logs", (string owner, string name, HttpContext context, ReportEndpoints spaces, int lines = 100) => spaces.LogsAsync(owner, name, lines, context))
            .WithName("getSpaceLogs").WithSummary("What a Space that the hub runs has written, secrets taken out; with Accept: text/event-stream also each line as it is written.")
            .Produces<LogAnswer>(StatusCodes.Status200OK, "application/json", "text/event-stream").WithTags("spaces");
    }

    public void Dispose() => streams.Dispose();

    private IResult Report(string owner, string name, HttpContext context)
    {
        var caller = RequestIdentity.Of(context);
        return Find(owner, name) is { } space && space.IsOpenTo(caller.Account) && fleet.HealthOf(space.Id) is { } health
            ? Results.Ok(SpaceReport.Of(space, health with { KilledForMemory = fleet.KilledForMemoryOf(space.Id) }, space.Upstream is null ? care.SleepsAfterOf(space) : null, MayRead(space, caller)))
            : Missing(owner, name);
    }

    private async Task<IResult> LogsAsync(string owner, string name, int lines, HttpContext context)
    {
        if (lines is < 0 or > MostLines) return Problems.Invalid($"lines is a number from 0 to {MostLines}").ToResult();
        var caller = RequestIdentity.Of(context);
        // Output may hold what visitors typed: whoever may only open the Space learns nothing of it.
        if (Find(owner, name) is not { } space || !MayRead(space, caller)) return Missing(owner, name);
        if (!caller.Grant.Permits(AccessTokenPermission.ReadQuota)) return Problems.PermissionMissing(AccessTokenGrant.Word(AccessTokenPermission.ReadQuota)).ToResult();
        if (space.Upstream is not null) return Problems.NotFound($"{space.Id} is run by somebody else, who has its output.").ToResult();
        var log = new SpaceLog(new SpaceFiles(options.Directory, space.Id).Output);
        if (!context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase))
            return Results.Ok(new LogAnswer(space.Id.ToString(), log.Last(lines)));
        if (!await streams.WaitAsync(0).ConfigureAwait(false))
            return Problems.Client(StatusCodes.Status429TooManyRequests, "too-many-streams", "Too many live streams", "Too many logs are being followed at once. Try again in a while, or ask without text/event-stream.").ToResult();
        try
        {
            await FollowAsync(context, log, lines).ConfigureAwait(false);
        }
        finally
        {
            streams.Release();
        }

        return Results.Empty;
    }

    private async Task FollowAsync(HttpContext context, SpaceLog log, int lines)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        over.CancelAfter(Longest);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await context.Response.WriteAsync(": here\n\n", over.Token).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(over.Token).ConfigureAwait(false);
            await foreach (var line in log.FollowAsync(lines, over.Token).ConfigureAwait(false))
            {
                await context.Response.WriteAsync($"data: {JsonSerializer.Serialize(line)}\n\n", over.Token).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(over.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Its reader left, or the hub stops.
        }
    }

    private Space? Find(string owner, string name) => SpaceId.TryParse($"{owner}/{name}", out var id) ? catalogue.FindSpace(id) : null;

    private static bool MayRead(Space space, RequestIdentity caller) => space.Owner == caller.Account.Id || caller.IsAdministrator;

    private static IResult Missing(string owner, string name) => Problems.NotFound($"There is no Space '{owner}/{name}' whose answer you may read.").ToResult();
}
