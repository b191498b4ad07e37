namespace Stint.Hub.Gateway.Streams;

internal enum GradioCallKind
{
    /// <summary>Changes nothing: pages, files, queries.</summary>
    Plain,
    /// <summary>A file of the app's page, the same for everyone.</summary>
    Static,
    /// <summary>A browser asks whether it may ask.</summary>
    Preflight,
    /// <summary>Puts an event into the queue; its name comes in the answer, its course in the session's stream.</summary>
    Join,
    /// <summary>The same for programs: its course is asked for by name.</summary>
    Call,
    /// <summary>One event from the request to the end of its answer.</summary>
    Whole,
    /// <summary>The stream of all events of a session.</summary>
    SessionStream,
    /// <summary>The stream of one event.</summary>
    CallStream,
    /// <summary>Stops an event.</summary>
    Cancel,
}

/// <summary>What a request to a Space is in Gradio's API, told by its method and path. An app of another kind is one event a request.</summary>
/// <param name="Endpoint">The endpoint an event is for; empty where only the body tells.</param>
/// <param name="Name">The session of a session's stream, the event of an event's stream.</param>
internal sealed record GradioCall(GradioCallKind Kind, string Endpoint = "", string? Name = null)
{
    private const string Api = "/gradio_api/";
    private const int LongestEndpoint = Tokens.IdentityTokens.LongestEndpoint;

    private static readonly string[] StaticRoots = ["assets", "static", "svelte", "_app", "theme.css", "favicon.ico", "robots.txt", "manifest.json", "pwa_icon"];

    /// <summary>They change something, but none runs a function.</summary>
    private static readonly string[] Housekeeping = ["upload", "reset", "login", "logout", "cancel", "heartbeat", "upload_progress"];

    /// <summary>True where the gateway tells the Space who pays.</summary>
    public bool StartsEvent => Kind is GradioCallKind.Join or GradioCallKind.Call or GradioCallKind.Whole;

    public static GradioCall Of(HttpRequest request, bool isUpgrade)
    {
        var path = request.Path.Value ?? "/";
        var parts = (path.IndexOf(Api, StringComparison.Ordinal) is >= 0 and var at ? path[(at + Api.Length)..] : path.TrimStart('/')).Split('/');
        var isSafe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        // What asks for a socket is no preflight, whatever else it says.
        if (!isUpgrade && HttpMethods.IsOptions(request.Method) && request.Headers.AccessControlRequestMethod.Count > 0) return new(GradioCallKind.Preflight);
        if (parts is ["mcp", ..]) return new(GradioCallKind.Whole, "/mcp");
        if (isUpgrade) return new(GradioCallKind.Whole, Bounded(path));
        return isSafe ? Query(request, parts) : HttpMethods.IsPost(request.Method) ? Post(path, parts) : new(GradioCallKind.Whole, Bounded(path));
    }

    private static GradioCall Query(HttpRequest request, string[] parts) => parts switch
    {
        ["queue", "data"] => new(GradioCallKind.SessionStream, "", request.Query["session_hash"].ToString()),
        ["call", _, .., { Length: > 0 } name] => new(GradioCallKind.CallStream, "", name),
        [var root, ..] when StaticRoots.Contains(root) => new(GradioCallKind.Static),
        _ => new(GradioCallKind.Plain),
    };

    private static GradioCall Post(string path, string[] parts) => parts switch
    {
        ["queue", "join"] => new(GradioCallKind.Join),
        ["call", "v2", .. var name] => new(GradioCallKind.Call, Bounded('/' + string.Join('/', name))),
        ["call", .. var name] => new(GradioCallKind.Call, Bounded('/' + string.Join('/', name))),
        ["run" or "api", .. var name] => new(GradioCallKind.Whole, Bounded('/' + string.Join('/', name).TrimEnd('/'))),
        ["cancel"] => new(GradioCallKind.Cancel),
        ["component_server", ..] => new(GradioCallKind.Whole, "/component_server"),
        [var root, ..] when Housekeeping.Contains(root) => new(GradioCallKind.Plain),
        _ => new(GradioCallKind.Whole, Bounded(path)),
    };

    private static string Bounded(string endpoint) => endpoint.Length <= LongestEndpoint ? endpoint : endpoint[..LongestEndpoint];
}
