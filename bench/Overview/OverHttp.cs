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
        foreach (var lane in bench.lanes) lane.Pair();
        return bench;
    }

    /// <param name="granted">As soon as the slot was answered.</param>
    /// <param name="releasing">As the release is about to be sent.</param>
    public void Pair(int lane, Action granted, Action releasing) => lanes[lane].Pair(granted, releasing);

    public Task<Measured> RunAsync(TimeSpan length) => Measured.RunAsync(lanes.Count, length, lane =>
    {
        lanes[lane].Pair();
        return Task.CompletedTask;
    });

    public void Dispose()
    {
        foreach (var lane in lanes) lane.Dispose();
        hub.Dispose();
        upstream.Dispose();
    }

    private sealed class Lane(int task, Process worker, Uri address, Func<int, string> issue) : IDisposable
    {
        private readonly WireConnection connection = new(address);
        private int leases;
        private string token = "";

        public void Pair(Action? granted = null, Action? releasing = null)
        {
            if (leases % LeasesPerToken == 0) token = Uri.EscapeDataString(issue(leases / LeasesPerToken));
            leases++;
            var (status, answer) = connection.Post($"schedule?cgroupPath=%2F&taskId={task}&enableQueue=true&durationSeconds=1&token={token}");
            if (status != 200) throw new InvalidOperationException($"/schedule: {status} {answer}");
            granted?.Invoke();
            // Who had to wait is told by the last event of a stream.
            using var parsed = JsonDocument.Parse(answer.AsMemory(answer.LastIndexOf("data: ", StringComparison.Ordinal) is var data and >= 0 ? data + 6 : 0));
            var grant = parsed.RootElement;
            var allowToken = Uri.EscapeDataString(grant.GetProperty("allowToken").GetString()!);
            if (!grant.GetProperty("idle").GetBoolean()) ExpectOk($"allow?allowToken={allowToken}&pid={worker.Id}");
            releasing?.Invoke();
            ExpectOk($"release?allowToken={allowToken}&fail=false");
        }

        public void Dispose()
        {
            connection.Dispose();
            worker.Kill();
        }

        private void ExpectOk(string path)
        {
            if (connection.Post(path).Status is not 200 and var status) throw new InvalidOperationException($"/{path.Split('?')[0]}: {status}");
        }
    }
}
