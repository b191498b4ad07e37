using System.Net;
using System.Text.RegularExpressions;
using Stint.Core.Identities;
using Stint.Hub;
using Stint.Hub.Tokens;
using Stint.Tests.Hub.Gateway;
using Stint.Tests.Hub.Whole;
using Microsoft.Extensions.DependencyInjection;

namespace Stint.Tests.Hub.Fuzz;

/// <summary>The doors of a hub with what is valid at each, by people and programs that hold what they need to.</summary>
internal sealed partial class Doors
{
    private readonly WholeHub hub;
    private readonly string[] bearers;
    private readonly string hubCookie;
    private readonly string rootCookie;
    private readonly string formCookie;
    private readonly string formToken;
    private readonly string spaceCookie;
    private readonly string wayCookie;
    private readonly string mark;
    private readonly string setUp;
    private readonly string signed;
    private readonly string[] identityTokens;

    private Doors(WholeHub hub, string page, string cookies)
    {
        this.hub = hub;
        bearers = [hub.AccessToken("ada"), hub.AccessToken("bob"), hub.AccessToken("root")];
        (hubCookie, rootCookie) = ($"stint-hub.{hub.Port}={hub.SessionOf("ada")}", $"stint-hub.{hub.Port}={hub.SessionOf("root")}");
        (formCookie, formToken) = (cookies.Split(';')[0], FormToken().Match(page).Groups[1].Value);
        var secret = Sessions.NewBrowserSecret();
        (wayCookie, mark) = ("stint-way.ada-app=" + secret, Sessions.MarkOf(secret));
        var code = hub.Sessions.CreateCode(hub.SessionOf("bob"), WholeHub.App, mark, hub.Clock.Now)!;
        spaceCookie = "stint-space.ada-app=" + hub.Sessions.RedeemCode(code, WholeHub.App, secret, hub.Clock.Now).Secret;
        setUp = new Stint.Hub.Accounts.SetUpLinks(hub.Catalogue).Create(WholeHub.AccountOf("bob"), hub.Clock.Now)!;
        signed = hub.Services.GetRequiredService<SpaceTokens>().Issue(WholeHub.AccountOf("bob"), WholeHub.App, hub.Clock.Now, TimeSpan.FromMinutes(10)).Text;
        var tokens = hub.Services.GetRequiredService<IdentityTokens>();
        identityTokens = [.. Enumerable.Range(0, 4).Select(i => tokens.Issue(IdentityId.Of(WholeHub.AccountOf("bob")), WholeHub.App, $"e_fuzz{i}", "/square", TimeSpan.FromHours(1)))];
    }

    public static async Task<Doors> OfAsync(WholeHub hub)
    {
        using var client = GatewayHub.NewClient();
        using var page = await client.GetAsync(new Uri(hub.Url, "/sign-in"));
        return new(hub, await page.Content.ReadAsStringAsync(), page.Headers.GetValues("Set-Cookie").Single());
    }

    private string Host => $"127.0.0.1:{hub.Port}";

    private IPEndPoint Public => new(IPAddress.Loopback, hub.Port);

    public Door Pages => new("pages", Public, random => new FuzzRequest("GET", random.Any(
    [
        "/", "/sign-in?next=%2Fsettings%2Fbilling&cause=sign-in-ended", "/spaces/ada/app", "/live?to=everything", $"/visit/ada/app?path=%2Fx&browser={mark}", "/settings/billing", "/refusals/rf_1",
        $"/set-up/{setUp}", "/problems/quota-exceeded", "/openapi/v1.json", "/spaces/ada/app/agents.md", Stint.Hub.Layout.SharedFiles.Style,
    ]), Host).With(random.OneIn(2) ? ["Cookie: " + hubCookie, "Accept: text/html"] : ["Accept: text/html"]));

    public Door Forms => new("forms", Public, random => (random.Next(3) switch
    {
        0 => new FuzzRequest("POST", "/sign-in", Host).Form(("username", "ada"), ("password", random.OneIn(400) ? WholeHub.Password : "wrong password"), ("next", "/"), ("__RequestVerificationToken", formToken)),
        1 => new FuzzRequest("POST", random.Any(["/sign-out", "/spaces/ada/app/stop"]), Host).Form(("__RequestVerificationToken", formToken)),
        _ => new FuzzRequest("POST", $"/set-up/{(random.OneIn(2) ? setUp : "x")}", Host).Form(("password", "short")),
    }).With($"Cookie: {formCookie}", $"Origin: http://{Host}"));

    /// <summary>By an administrator, by somebody who is none, and by nobody. What is valid changes nothing that is counted: no credit, no refund.</summary>
    public Door Admin => new("admin", Public, random => (random.Next(9) switch
    {
        0 => Post("/admin/plans", ("name", "fuzz"), ("allowance", "60"), ("longest", "60"), ("priority", "1"), ("hosting", "1"), ("device", ""), ("shared", "")),
        1 => Post("/admin/people/bob/plan", ("plan", "none-such")),
        2 => Post("/admin/people/bob/credits", ("kind", "none"), ("key", "page:1"), ("amount", "60"), ("days", "1"), ("reason", "fuzz")),
        3 => Post("/admin/people/bob/withdraw", ("credit", "c_none"), ("reason", "")),
        4 => Post("/admin/refunds", ("receipt", "r_none"), ("reason", "fuzz")),
        5 => Post("/admin/audit"),
        6 => Post("/admin/alerts/webhook", ("url", "none"), ("http", "on"), ("secret", "s")),
        7 => Post(random.Any(["/admin/alerts/off", "/admin/alerts/test"])),
        _ => new FuzzRequest("GET", random.Any(["/admin?minutes=60", "/admin/people?search=b&after=ada", "/admin/people/bob", "/admin/plans", "/admin/spaces", "/admin/refunds?receipt=r_1", "/admin/audit", "/admin/alerts"]), Host),
    }).With($"Cookie: {formCookie}{(random.Next(4) switch { 0 => "", 1 => "; " + hubCookie, _ => "; " + rootCookie })}", $"Origin: http://{Host}", "Accept: text/html"));

    public Door Api => new("api", Public, random => new FuzzRequest("GET", random.Any(
    [
        "/api/whoami-v2", "/api/spaces/ada/app", "/api/spaces/ada/app/runtime", "/api/spaces/ada/app/host", "/api/spaces/ada/app/jwt?expires_in=60&expiration=2030-01-01T00:00:00Z",
        "/api/spaces/by-subdomain/ada-app", "/api/spaces/zero-gpu/quota", "/api/settings/billing/usage", "/api/telemetry/gradio/initiated",
    ]), Host).With($"Authorization: Bearer {random.Any(bearers)}", "User-Agent: hf_hub/1.29"));

    public Door V1 => new("v1", Public, random => (random.OneIn(3)
        ? new FuzzRequest("POST", "/v1/quote", Host).Json("""{"space":"ada/app","endpoint":"/square","durationSeconds":30,"gpuSize":"large"}""")
        : new FuzzRequest("GET", random.Any(["/v1/quota", "/v1/me", "/v1/receipts?limit=5&format=json&before=", "/v1/receipts?format=csv", "/v1/receipts/r_1", "/v1/refusals?limit=9", "/v1/refusals/rf_1"]), Host))
        .With($"Authorization: Bearer {random.Any(bearers)}"));

    public Door Space => new("space", new(IPAddress.Loopback, hub.Space.Port), random => Voiced(AtSpace(random), random));

    public Door Socket => new("socket", new(IPAddress.Loopback, hub.Space.Port), random =>
    {
        var request = new FuzzRequest("GET", random.Any(["/ws", "/queue/join", "/gradio_api/queue/join?a=1"]), hub.Space.Authority);
        request.Headers.Remove("Connection: close");
        return Voiced(request.With("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), random);
    })
    {
        // A text message to be echoed and a close, as they should be or as they should not.
        Upgraded = random => random.OneIn(3) ? Frames : Mutations.Bytes(Frames, random),
    };

    /// <summary>503 is an answer here: no capacity, which a client waits for.</summary>
    public Door Device => new("device", new(IPAddress.Loopback, hub.Options.DeviceListenerPort), AtDevice, 503)
    {
        Then = async exchanged =>
        {
            if (AllowToken().Match(exchanged.Answer) is { Success: true } granted)
            {
                var release = new FuzzRequest("POST", hub.DevicePath("release") + $"?allowToken={granted.Groups[1].Value}&fail=false", Host);
                await Exchange.RunAsync(new(IPAddress.Loopback, hub.Options.DeviceListenerPort), release, release.ToBytes());
            }
        },
    };

    /// <summary>"hello" under the mask 1 2 3 4, then a close.</summary>
    private static byte[] Frames => [0x81, 0x85, 1, 2, 3, 4, .. "igohn"u8, 0x88, 0x80, 0, 0, 0, 0];

    private FuzzRequest Post(string path, params (string, string)[] fields) => new FuzzRequest("POST", path, Host).Form([.. fields, ("__RequestVerificationToken", formToken)]);

    private FuzzRequest AtSpace(Random random) => random.Next(9) switch
    {
        0 => new FuzzRequest("POST", "/gradio_api/queue/join", hub.Space.Authority).Json("""{"data":[3,{"a":[1]}],"event_data":null,"fn_index":0,"trigger_id":null,"session_hash":"abc"}"""),
        1 => new FuzzRequest("GET", "/gradio_api/queue/data?session_hash=abc", hub.Space.Authority).With("Accept: text/event-stream"),
        2 => new FuzzRequest("POST", "/gradio_api/call/square", hub.Space.Authority).Json("""{"data":[3]}"""),
        3 => new FuzzRequest("GET", "/gradio_api/call/square/e1", hub.Space.Authority),
        4 => new FuzzRequest("POST", "/gradio_api/run/square", hub.Space.Authority).Json("""{"data":[3],"session_hash":"abc"}"""),
        5 => new FuzzRequest("POST", "/gradio_api/cancel", hub.Space.Authority).Json("""{"session_hash":"abc","fn_index":0,"event_id":"e1"}"""),
        6 => new FuzzRequest("POST", "/gradio_api/upload?upload_id=x", hub.Space.Authority).With("Content-Type: multipart/form-data; boundary=x"),
        7 => new FuzzRequest("GET", random.Any(["/.stint/me", $"{Visit.AtSpace("code", "/x")}", Visit.Begin("/x"), Visit.AsNobody("/x"), "/.stint/welcome?path=%2Fx"]), hub.Space.Authority),
        _ => new FuzzRequest("GET", random.Any(["/", "/config", "/assets/index.js", "/gradio_api/info", "/theme.css", "/gradio_api/mcp/sse"]), hub.Space.Authority).With("Accept: text/html"),
    };

    /// <summary>In somebody's name, or in nobody's.</summary>
    private FuzzRequest Voiced(FuzzRequest request, Random random)
    {
        var voice = random.Next(7);
        if (voice == 4) request.Target += (request.Target.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "__sign=" + signed;
        return voice switch
        {
            0 => request.With($"Cookie: {spaceCookie}; {wayCookie}", $"Origin: {hub.Space.GetLeftPart(UriPartial.Authority)}"),
            1 => request.With($"Authorization: Bearer {random.Any(bearers)}"),
            2 => request.With($"X-HF-Authorization: Bearer {random.Any(bearers)}"),
            3 => request.With($"X-IP-Token: {random.Any(identityTokens)}"),
            5 => request.With($"x-zerogpu-token: {signed}"),
            _ => request,
        };
    }

    private FuzzRequest AtDevice(Random random) => random.Next(6) switch
    {
        0 => new FuzzRequest("POST", hub.DevicePath("startup-report") + "?cgroupPath=%2F&gpuSize=large", Host),
        1 => new FuzzRequest("GET", hub.DevicePath("queue-size"), Host),
        2 => new FuzzRequest("POST", hub.DevicePath("allow") + "?allowToken=r_1.abcdef&pid=1234", Host),
        3 => new FuzzRequest("POST", hub.DevicePath("release") + "?allowToken=r_1.abcdef&fail=false", Host),
        // One in forty is somebody's; the others are everybody's who forged something.
        _ => new FuzzRequest("POST", hub.DevicePath("schedule") + $"?cgroupPath=%2F&taskId=14&enableQueue={(random.OneIn(2) ? "true" : "false")}&tokenVersion=2&durationSeconds=30&gpuSize=large&token="
            + (random.OneIn(40) ? random.Any(identityTokens) : random.Any(identityTokens).Remove(random.Next(20, 300), 1)), Host),
    };

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();

    [GeneratedRegex("\"allowToken\":\"([^\"]+)\"")]
    private static partial Regex AllowToken();
}
