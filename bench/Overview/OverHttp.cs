using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Accounts;
using Stint.Hub.Store;
using Stint.Hub.Tokens;

namespace Stint.Bench.Overview;

/// <summary>
/// The same pair as a Space sees it: <c>/schedule</c> and <c>/release</c> at the device API of the built hub, one connection
/// a lane. Each lane keeps one worker, a child of this process, so every grant but its first is idle and needs no <c>/allow</c>.
/// </summary>
internal sealed class OverHttp : IDisposable
{
    /// <summary>An identity token is good for a bounded number of leases; a lane takes the next one in time.</summary>
    private const int LeasesPerToken = 90;

    private static readonly Plan Plan = new("bench", GpuTime.FromSeconds(2_000_000), 1, TimeSpan.FromSeconds(60), 1000);

    private readonly TcpListener upstream = new(IPAddress.Loopback, 0);
    private readonly List<Lane> lanes = [];
    private readonly HubProcess hub;

    private OverHttp(HubProcess hub) => this.hub = hub;

    public double ResidentMebibytes => hub.ResidentMebibytes;

    public static async Task<OverHttp> StartAsync(string directory, int count)
    {
        var keys = HubKeys.Open(directory);
        var catalogue = new Catalogue(new Database(directory));
        catalogue.SetPlan(Plan);
        var now = Instant.From(DateTimeOffset.UtcNow);
        var accounts = Enumerable.Range(0, count).Select(i => NewAccount.Of($"lane{i}", AccountRole.Administrator, Plan.Name, now)).ToList();
        foreach (var account in accounts) catalogue.AddAccount(account);
        var (started, _) = await HubProcess.StartAsync(directory, count);
        var bench = new OverHttp(started);
        bench.upstream.Start();
        var space = new Space(
            new("lane0", "space"), accounts[0].Id, SpaceVisibility.Public, new Uri($"http://127.0.0.1:{((IPEndPoint)bench.upstream.LocalEndpoint).Port}"), null, null);
        if (catalogue.AddSpace(space) != AddSpaceOutcome.Added) throw new InvalidOperationException("the benchmark's Space was refused");
        var address = new Uri($"http://127.0.0.1:{started.DevicePort}/device/{new DeviceSecrets(keys).Of(space.Id, space.Generation)}/");
        var tokens = new IdentityTokens(keys, () => Instant.From(DateTimeOffset.UtcNow));
        bench.lanes.AddRange(accounts.Select((account, i) => new Lane(
            i, address, n => tokens.Issue(IdentityId.Of(account.Id), space.Id, $"bench-{i}-{n}", "/bench", TimeSpan.FromHours(1)))));
        foreach (var lane in bench.lanes) await lane.PairAsync();
        return bench;
    }

    public Task<Measured> RunAsync(TimeSpan length) => Measured.RunAsync(lanes.Count, length, lane => lanes[lane].PairAsync());

    public void Dispose()
    {
        foreach (var lane in lanes) lane.Dispose();
        hub.Dispose();
        upstream.Dispose();
    }

    private sealed class Lane(int number, Uri address, Func<int, string> issue) : IDisposable
    {
        private readonly Process worker = Process.Start("sleep", "3600");
        private readonly HttpClient client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1 }) { BaseAddress = address };
        private int leases;
        private string token = "";

        public async Task PairAsync()
        {
            if (leases % LeasesPerToken == 0) token = Uri.EscapeDataString(issue(leases / LeasesPerToken));
            leases++;
            using var scheduled = await client.PostAsync($"schedule?cgroupPath=%2F&taskId={number}&enableQueue=true&durationSeconds=1&token={token}", null);
            if (scheduled.StatusCode != HttpStatusCode.OK) throw new InvalidOperationException($"/schedule: {scheduled.StatusCode} {await scheduled.Content.ReadAsStringAsync()}");
            var grant = await scheduled.Content.ReadFromJsonAsync<JsonElement>();
            var allowToken = Uri.EscapeDataString(grant.GetProperty("allowToken").GetString()!);
            if (!grant.GetProperty("idle").GetBoolean()) await ExpectOkAsync($"allow?allowToken={allowToken}&pid={worker.Id}");
            await ExpectOkAsync($"release?allowToken={allowToken}&fail=false");
        }

        public void Dispose()
        {
            client.Dispose();
            if (!worker.HasExited) worker.Kill();
            worker.Dispose();
        }

        private async Task ExpectOkAsync(string path)
        {
            using var answer = await client.PostAsync(path, null);
            if (answer.StatusCode != HttpStatusCode.OK) throw new InvalidOperationException($"/{path.Split('?')[0]}: {answer.StatusCode}");
        }
    }
}
