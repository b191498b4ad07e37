using System.Diagnostics;
using System.Net;
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

    public static async Task<OverHttp> StartAsync(string directory, int count, int? slots = null)
    {
        var keys = HubKeys.Open(directory);
        var catalogue = new Catalogue(new Database(directory));
        catalogue.SetPlan(Plan);
        var now = Instant.From(DateTimeOffset.UtcNow);
        var accounts = Enumerable.Range(0, count).Select(i => NewAccount.Of($"lane{i}", AccountRole.Administrator, Plan.Name, now)).ToList();
        foreach (var account in accounts) catalogue.AddAccount(account);
        var (started, _) = await HubProcess.StartAsync(directory, slots ?? count);
        var bench = new OverHttp(started);
        bench.upstream.Start();
        var space = new Space(
            new("lane0", "space"), accounts[0].Id, SpaceVisibility.Public, new Uri($"http://127.0.0.1:{((IPEndPoint)bench.upstream.LocalEndpoint).Port}"), null, null);
        if (catalogue.AddSpace(space) != AddSpaceOutcome.Added) throw new InvalidOperationException("the benchmark's Space was refused");
        var address = new Uri($"http://127.0.0.1:{started.DevicePort}/device/{new DeviceSecrets(keys).Of(space.Id, space.Generation)}/");
        var tokens = new IdentityTokens(keys, () => Instant.From(DateTimeOffset.UtcNow));
        // Lanes that share slots are one task with one worker: whoever gets a slot finds it warm.
        var shared = slots is null ? null : Process.Start("sleep", "3600");
        bench.lanes.AddRange(accounts.Select((account, i) => new Lane(
            shared is null ? i : 0, shared ?? Process.Start("sleep", "3600"), address, n => tokens.Issue(IdentityId.Of(account.Id), space.Id, $"bench-{i}-{n}", "/bench", TimeSpan.FromHours(1)))));
        foreach (var lane in bench.lanes) await lane.PairAsync();
        return bench;
    }

    /// <param name="granted">As soon as the slot was answered.</param>
    /// <param name="releasing">As the release is about to be sent.</param>
    public Task PairAsync(int lane, Action granted, Action releasing) => lanes[lane].PairAsync(granted, releasing);

    public Task<Measured> RunAsync(TimeSpan length) => Measured.RunAsync(lanes.Count, length, lane => lanes[lane].PairAsync());

    public void Dispose()
    {
        foreach (var lane in lanes) lane.Dispose();
        hub.Dispose();
        upstream.Dispose();
    }

    private sealed class Lane(int task, Process worker, Uri address, Func<int, string> issue) : IDisposable
    {
        private readonly HttpClient client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1 }) { BaseAddress = address };
        private int leases;
        private string token = "";

        public async Task PairAsync(Action? granted = null, Action? releasing = null)
        {
            if (leases % LeasesPerToken == 0) token = Uri.EscapeDataString(issue(leases / LeasesPerToken));
            leases++;
            using var scheduled = await client.PostAsync($"schedule?cgroupPath=%2F&taskId={task}&enableQueue=true&durationSeconds=1&token={token}", null);
            if (scheduled.StatusCode != HttpStatusCode.OK) throw new InvalidOperationException($"/schedule: {scheduled.StatusCode} {await scheduled.Content.ReadAsStringAsync()}");
            granted?.Invoke();
            var answer = await scheduled.Content.ReadAsStringAsync();
            // Who had to wait is told by the last event of a stream.
            var grant = JsonDocument.Parse(answer[(answer.LastIndexOf("data: ", StringComparison.Ordinal) is var data and >= 0 ? data + 6 : 0)..]).RootElement;
            var allowToken = Uri.EscapeDataString(grant.GetProperty("allowToken").GetString()!);
            if (!grant.GetProperty("idle").GetBoolean()) await ExpectOkAsync($"allow?allowToken={allowToken}&pid={worker.Id}");
            releasing?.Invoke();
            await ExpectOkAsync($"release?allowToken={allowToken}&fail=false");
        }

        public void Dispose()
        {
            client.Dispose();
            worker.Kill();
        }

        private async Task ExpectOkAsync(string path)
        {
            using var answer = await client.PostAsync(path, null);
            if (answer.StatusCode != HttpStatusCode.OK) throw new InvalidOperationException($"/{path.Split('?')[0]}: {answer.StatusCode}");
        }
    }
}
