using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Stint.Core.Identities;
using Stint.Hub;
using Stint.Hub.Accounts;
using Stint.Hub.Tokens;
using Stint.Tests.Hub.Gateway;
using Xunit;

namespace Stint.Tests.Hub.Whole;

/// <summary>Secrets go through every door, as they should and as they should not, while everything is logged: none is in the log, in a file or in an answer.</summary>
public sealed class SecretsInLogsTests : IAsyncLifetime
{
    private readonly Dictionary<string, string> secrets = [];
    private readonly List<string> answers = [];
    private FakeSpace space = null!;
    private WholeHub hub = null!;

    public async Task InitializeAsync()
    {
        space = await FakeSpace.StartAsync(context => context.Response.WriteAsync("ok"));
        hub = await WholeHub.StartAsync(space, level: LogLevel.Trace);
    }

    public async Task DisposeAsync()
    {
        await hub.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task Secrets_ThroughEveryDoorAtTheFinestLogLevel_AreNowhereToBeFound()
    {
        Plant();
        foreach (var request in Requests())
        {
            // Cut short, it is refused or abandoned at some other place.
            answers.Add(await RawClient.SendAsync(request.At, request.Text));
            foreach (var part in new[] { 0.3, 0.6, 0.9 }) await LeaveAsync(request.At, request.Text[..(int)(request.Text.Length * part)]);
        }

        // The finest level is on, or the silence would be of another cause.
        Assert.Contains(hub.Log, line => line.Level == LogLevel.Debug);
        foreach (var (name, secret) in secrets)
        {
            var said = hub.Log.FirstOrDefault(line => line.Text.Contains(secret, StringComparison.Ordinal));
            Assert.True(said is null, $"{name} is in the log: {said?.Level} {said?.Category}: {said?.Text}");
            Assert.DoesNotContain(answers, answer => answer.Contains(secret, StringComparison.Ordinal));
        }

        // The lock is held and has nothing in it.
        foreach (var file in Directory.EnumerateFiles(hub.Data, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "lock"))
        {
            var text = ReadShared(file);
            foreach (var (name, secret) in secrets) Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{name} is in {Path.GetFileName(file)}");
        }
    }

    private void Plant()
    {
        var (services, now) = (hub.Services, hub.Clock.Now);
        secrets["password"] = WholeHub.Password;
        secrets["another password"] = "planted-password-7391";
        secrets["access token"] = hub.AccessToken("ada");
        secrets["access token of another hub"] = "hf_" + new string('P', 34);
        secrets["hub session"] = hub.SessionOf("ada");
        secrets["browser secret"] = Sessions.NewBrowserSecret();
        secrets["code"] = hub.Sessions.CreateCode(secrets["hub session"], WholeHub.App, Sessions.MarkOf(secrets["browser secret"]), now)!;
        var used = hub.Sessions.CreateCode(secrets["hub session"], WholeHub.App, Sessions.MarkOf(secrets["browser secret"]), now)!;
        secrets["Space session"] = hub.Sessions.RedeemCode(used, WholeHub.App, secrets["browser secret"], now).Secret!;
        secrets["Space token"] = services.GetRequiredService<SpaceTokens>().Issue(WholeHub.AccountOf("bob"), WholeHub.App, now, TimeSpan.FromMinutes(10)).Text.Split('.')[2];
        secrets["identity token"] = services.GetRequiredService<IdentityTokens>().Issue(IdentityId.Of(WholeHub.AccountOf("bob")), WholeHub.App, "e_planted", "/x", TimeSpan.FromHours(1)).Split('.')[2];
        secrets["device secret"] = hub.DevicePath("").Split('/')[2];
        secrets["allow token"] = "r_1.plantedAllowTokenProofPlantedAllow";
        secrets["set-up link"] = new SetUpLinks(hub.Catalogue).Create(WholeHub.AccountOf("bob"), now)!;
        secrets["foreign authorization"] = Convert.ToBase64String("ada:planted-basic-password"u8.ToArray());
    }

    private IEnumerable<(Uri At, string Text)> Requests()
    {
        var (token, cookie) = (secrets["access token"], $"stint-hub.{hub.Port}={secrets["hub session"]}");
        var signed = "eyJhbGciOiJFUzI1NiJ9.e30." + secrets["Space token"];
        var identity = "eyJhbGciOiJFUzI1NiJ9.e30." + secrets["identity token"];
        foreach (var path in new[] { "/", "/v1/quota", "/v1/receipts/x", "/api/whoami-v2", "/api/spaces/ada/app/jwt", "/settings/billing", "/visit/ada/app", "/nothing", "/spaces/ada/app", "/openapi/v1.json" })
        {
            yield return (hub.Url, Get(path, hub.Url, $"Cookie: {cookie}"));
            yield return (hub.Url, Get(path, hub.Url, $"Authorization: Bearer {token}"));
            yield return (hub.Url, Get(path, hub.Url, $"Authorization: Bearer {secrets["access token of another hub"]}"));
            yield return (hub.Url, Get(path, hub.Url, $"Authorization: Basic {secrets["foreign authorization"]}", "X\0Broken: x"));
        }

        // What no server can read, it may quote.
        foreach (var at in new[] { hub.Url, hub.Space })
        {
            yield return (at, Get("/", at, $"Authorization Bearer {token}"));
            yield return (at, Get("/", at, $" Authorization: Bearer {token}"));
            yield return (at, Get("/", at, $"Cookie: {cookie}\u0001"));
            yield return (at, $"GET /set-up/{secrets["set-up link"]} HTTP/9.9\r\n\r\n");
            yield return (at, $"GET /set-up/{secrets["set-up link"]} {token}\r\n\r\n");
            yield return (at, Post($"/x?token={secrets["code"]}", at, "", $"Content-Length: {token}"));
        }

        yield return (hub.Options.DeviceUrl, $"POST /device/{secrets["device secret"]}/schedule?token={identity} x\r\n\r\n");
        yield return (hub.Url, Get($"/set-up/{secrets["set-up link"]}x", hub.Url));
        yield return (hub.Url, Get($"/set-up/{secrets["set-up link"]}/other", hub.Url));
        yield return (hub.Url, Post($"/set-up/{secrets["set-up link"]}", hub.Url, "password=short", "Content-Type: application/x-www-form-urlencodedX"));
        yield return (hub.Url, Post("/sign-in", hub.Url, $"username=ada&password={secrets["another password"]}", "Content-Type: application/x-www-form-urlencoded", $"Cookie: {cookie}"));
        yield return (hub.Url, Get($"/sign-in?next=/x?code={secrets["code"]}x{new string('q', 9_000)}", hub.Url, $"Cookie: {cookie}"));
        foreach (var target in new[] { "/config", "/gradio_api/queue/join", "/gradio_api/queue/data?session_hash=a", "/run/x", "/.stint/me", "/ws" })
        {
            yield return (hub.Space, Get(target, hub.Space, $"Cookie: stint-space.ada-app={secrets["Space session"]}; stint-way.ada-app={secrets["browser secret"]}; {cookie}"));
            yield return (hub.Space, Get($"{target}{(target.Contains('?', StringComparison.Ordinal) ? '&' : '?')}__sign={signed}", hub.Space));
            yield return (hub.Space, Post(target, hub.Space, "{}", $"X-IP-Token: {identity}", "Content-Type: application/json"));
            yield return (hub.Space, Post(target, hub.Space, "{}", $"Authorization: Bearer {token}", $"x-zerogpu-token: {signed}"));
            yield return (hub.Space, Get(target, hub.Space, $"Authorization: Basic {secrets["foreign authorization"]}"));
        }

        yield return (hub.Space, Get(Visit.AtSpace(secrets["code"]), hub.Space));
        foreach (var call in new[] { "schedule?taskId=1", "schedule?taskId=x", "allow?pid=1", "allow?pid=x", "release?fail=false", "other?x=1", "queue-size?x=1" })
            yield return (hub.Options.DeviceUrl, Post($"/device/{secrets["device secret"]}/{call}&token={identity}&allowToken={secrets["allow token"]}", hub.Options.DeviceUrl, ""));
    }

    private static string Get(string path, Uri at, params string[] headers) => $"GET {path} HTTP/1.1\r\nHost: {at.Authority}\r\nAccept: text/html\r\nConnection: close\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n";

    private static string Post(string path, Uri at, string body, params string[] headers) =>
        $"POST {path} HTTP/1.1\r\nHost: {at.Authority}\r\nOrigin: {at.GetLeftPart(UriPartial.Authority)}\r\nConnection: close\r\nContent-Length: {body.Length}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n{body}";

    private static async Task LeaveAsync(Uri at, string text)
    {
        using var client = new System.Net.Sockets.TcpClient { LingerState = new(true, 0) };
        await client.ConnectAsync(at.Host, at.Port);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text));
    }

    private static string ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file, Encoding.Latin1);
        return reader.ReadToEnd();
    }
}
