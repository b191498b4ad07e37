using Dapper;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Accounts;
using Stint.Hub.Gateway.Hosts;
using Stint.Hub.Gateway.Recognising;
using Stint.Hub.Store;
using Stint.Hub.Tokens;

namespace Stint.Bench.Gateway;

/// <summary>Somebody who is signed in at a Space's address, and what their browser sends there.</summary>
internal sealed class Visit
{
    private readonly Database database;
    private readonly Catalogue catalogue;
    private readonly Account account;
    private readonly Space space;

    private Visit(string directory, int port)
    {
        database = new Database(directory);
        catalogue = new Catalogue(database);
        HubKeys.Open(directory);
        account = NewAccount.Of("ada", AccountRole.Administrator, "pro", Instant.From(DateTimeOffset.UtcNow));
        space = new Space(new("ada", "render"), account.Id, SpaceVisibility.Public, new Uri($"http://127.0.0.1:{port}"), null, null);
    }

    /// <summary>An account and its Space in a data directory that no hub serves yet.</summary>
    public static Visit Prepare(string directory, int port)
    {
        var visit = new Visit(directory, port);
        visit.catalogue.AddAccount(visit.account);
        if (visit.catalogue.AddSpace(visit.space) != AddSpaceOutcome.Added) throw new InvalidOperationException("the benchmark's Space was refused");
        return visit;
    }

    /// <summary>The address that the hub gave the Space, and requests with a cookie of that address.</summary>
    public async Task<(Uri Address, IReadOnlyList<LoadRequest> Requests)> SignInAsync()
    {
        var (port, now) = (await PortAsync(), Instant.From(DateTimeOffset.UtcNow));
        var host = new SpaceHost(space, new Uri($"http://127.0.0.1:{port}"), port);
        var (sessions, browser) = (new Sessions(catalogue), Sessions.NewBrowserSecret());
        var code = sessions.CreateCode(sessions.CreateHubSession(account.Id, now)!, space.Id, Sessions.MarkOf(browser), now)!;
        var secret = sessions.RedeemCode(code, space.Id, browser, now).Secret!;
        return (host.Address, [.. RequestsOf(host, $"{SpaceCookies.Session(host)}={secret}")]);
    }

    private static IEnumerable<LoadRequest> RequestsOf(SpaceHost host, string cookie)
    {
        var headers = new Dictionary<string, string>
        {
            ["Host"] = host.Address.Authority,
            ["Cookie"] = cookie,
            ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            ["Accept"] = "*/*",
            ["Accept-Encoding"] = "gzip, deflate, br",
            ["Accept-Language"] = "en-US,en;q=0.9",
            ["Referer"] = host.Origin + "/",
            ["Sec-Fetch-Mode"] = "cors",
            ["Sec-Fetch-Site"] = "same-origin",
            ["Sec-Fetch-Dest"] = "empty",
        };
        yield return new("GET config", "/config", null, headers);
        yield return new(
            "POST queue join", "/gradio_api/queue/join",
            """{"data":[-0.7436,0.1318,1,1],"event_data":null,"fn_index":0,"trigger_id":7,"session_hash":"k3s9d0f2ab"}""",
            new Dictionary<string, string>(headers) { ["Origin"] = host.Origin, ["Content-Type"] = "application/json", ["X-Gradio-User"] = "app" });
    }

    private async Task<int> PortAsync()
    {
        using var reader = database.OpenReader();
        for (var tries = 0; tries < 1_000; tries++)
        {
            if (reader.QuerySingleOrDefault<int?>("SELECT port FROM space_ports") is { } port) return port;
            await Task.Delay(10);
        }

        throw new TimeoutException("the hub gave the Space no port");
    }
}
