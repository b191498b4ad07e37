using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Hostility;

/// <summary>A Space that means harm harms no line of anyone's ledger, no other person and no other process.</summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class HostilityTests(HostileSpace set) : IClassFixture<HostileSpace>, IAsyncLifetime
{
    private const int AccessDenied = 13;
    private static int visitors;
    private Purse adasBefore = null!;
    private int adasReceipts;

    private HubProcess Hub => set.Hub;

    public async Task InitializeAsync()
    {
        if (set.Hub is null) return;
        adasBefore = await set.Ada.PurseAsync();
        adasReceipts = (await set.Ada.ReceiptsAsync()).Count;
    }

    /// <summary>Whatever was tried: Ada paid for her own runs alone, everyone else is there, and the ledger is sound.</summary>
    public async Task DisposeAsync()
    {
        if (set.Hub is null) return;
        var own = (await set.Ada.ReceiptsAsync()).SkipLast(adasReceipts).ToList();
        Assert.All(own, receipt => Assert.Equal((set.Honest.Name, "completed"), (receipt.Space, receipt.Outcome)));
        await set.Ada.AssertExplainedByAsync(adasBefore, [.. own]);
        Assert.True(set.BystanderIsAlive && OtherProcess.IsAlive(Hub.Pid) && OtherProcess.IsAlive(set.Honest.Agent.Pid) && OtherProcess.IsAlive(set.Evil.Pid));
        LedgerAudit.Of(Hub.Directory).AssertSound();
        Hub.AssertNoSecretWasPrinted();
    }

    [ClientFact]
    [Trait("Behaviour", "B54")]
    public async Task ForgedPid_OfAnyoneElse_IsRefusedAndNobodyIsStopped()
    {
        var (mallory, token) = await MalloryAsync();
        var adas = await set.Honest.LeaseAsync(set.AdasToken, 30);
        var victim = await set.Honest.WorkAllowedAsync(adas);
        var grant = await set.LeaseAsync(token, 1);

        foreach (var pid in new[] { Hub.Pid, Environment.ProcessId, 1, 0, -1, victim.Pid, set.Honest.Agent.Pid, set.Bystander })
        {
            var answer = await set.CallAsync("/allow", new { grant.AllowToken, pid });
            Assert.True(answer.Status is 400 or 403, $"pid {pid} was answered {answer.Status} {answer.Body}");
        }

        var receipt = await mallory.ReceiptAfterAsync(0);
        Assert.Equal(1_000, receipt.ChargedMilliseconds);
        await Task.Delay(Hub.Grace + TimeSpan.FromMilliseconds(500));
        Assert.True(victim.IsAlive && set.BystanderIsAlive && OtherProcess.IsAlive(Hub.Pid) && OtherProcess.IsAlive(set.Honest.Agent.Pid));
        Assert.Equal(200, (await set.Honest.ReleaseAsync(adas)).Status);
    }

    [ClientFact]
    [Trait("Behaviour", "B30")]
    public async Task Lease_WithoutAllow_EndsAfterTenSecondsAndIsChargedAsHeld()
    {
        var (mallory, token) = await MalloryAsync();
        await set.LeaseAsync(token, 60);

        var receipt = await mallory.ReceiptAfterAsync(0);

        Assert.Equal(("not-allowed", 10_000, 10_000), (receipt.Outcome, receipt.MeasuredMilliseconds, receipt.ChargedMilliseconds));
    }

    [ClientFact]
    public async Task Work_AfterRelease_EndsWhenTheSlotIsGivenToSomeoneElse()
    {
        var (mallory, token) = await MalloryAsync();
        var grant = await set.LeaseAsync(token, 30, task: 3);
        var worker = await set.WorkAsync(grant, ignoreTerm: true);
        Assert.Equal(200, (await set.CallAsync("/release", new { grant.AllowToken, fail = false })).Status);

        // The lease is over: its token opens nothing any more and adds no line to the ledger.
        Assert.Equal(404, (await set.CallAsync("/release", new { grant.AllowToken, fail = false })).Status);
        Assert.Equal(404, (await set.CallAsync("/allow", new { grant.AllowToken, pid = worker.Pid })).Status);
        var receipt = await mallory.ReceiptAfterAsync(0);
        var charged = receipt.ChargedMilliseconds;
        // Both slots are given to Ada: whatever still works on either has to go.
        var adas = new[] { await set.Honest.LeaseAsync(set.AdasToken, 30, task: 31), await set.Honest.LeaseAsync(set.AdasToken, 30, task: 32) };

        await Eventually.True(() => !worker.IsAlive);

        foreach (var lease in adas)
        {
            await set.Honest.WorkAllowedAsync(lease);
            Assert.Equal(200, (await set.Honest.ReleaseAsync(lease)).Status);
        }

        Assert.Equal(charged, Assert.Single(await mallory.ReceiptsAsync()).ChargedMilliseconds);
    }

    [ClientFact]
    [Trait("Behaviour", "B54")]
    public async Task Token_OfAnotherSpaceOrHub_IsRefusedAndCountsAgainstNobody()
    {
        var before = LedgerAudit.Of(Hub.Directory).Runs.Count;
        foreach (var stolen in new[] { set.AdasToken, await TokenOfAnotherHubAsync(), "", "TOK-abc", set.AdasToken[..^4] + "AAAA" })
        {
            var answer = await set.Evil.DoAsync("schedule", new { query = new { cgroupPath = "/", taskId = 1, enableQueue = true, durationSeconds = 30, token = stolen } });
            Assert.True(answer.GetProperty("verdict").GetString() == "refused", $"{answer}");
            Assert.True(answer.GetProperty("status").GetInt32() == (stolen.Length == 0 ? 429 : 401), $"{answer}");
        }

        Assert.Equal(before, LedgerAudit.Of(Hub.Directory).Runs.Count);
        Assert.Empty(await set.Ada.RefusalsAsync());
    }

    [ClientFact]
    public async Task Token_UsedForMoreRunsThanOneEventHas_IsRefused()
    {
        var (mallory, token) = await MalloryAsync();
        for (var i = 0; i < 100; i++)
            Assert.Equal(204, (await set.CallAsync("/release", new { (await set.LeaseAsync(token, 5, task: 4)).AllowToken, fail = false })).Status);

        var answer = await set.Evil.DoAsync("schedule", new { query = new { cgroupPath = "/", taskId = 4, enableQueue = true, durationSeconds = 5, token } });

        Assert.Equal(401, answer.GetProperty("status").GetInt32());
        Assert.Equal("token-used-up", Assert.Single(await mallory.RefusalsAsync()).GetProperty("problem").GetProperty("code").GetString());
        Assert.Equal(0, (await mallory.PurseAsync()).SpentMilliseconds);
    }

    [ClientFact]
    public async Task Lease_OfAnotherSpace_IsNothingToThisOne()
    {
        var adas = await set.Honest.LeaseAsync(set.AdasToken, 30);
        var worker = await set.Honest.WorkAllowedAsync(adas);

        Assert.Equal(404, (await set.CallAsync("/release", new { adas.AllowToken, fail = true })).Status);
        Assert.Equal(404, (await set.CallAsync("/allow", new { adas.AllowToken, pid = set.Evil.Pid })).Status);
        var guessed = set.Evil.Base[..^4] + "AAAA";
        Assert.Equal(404, (await set.CallAsync("/release", new { adas.AllowToken, fail = true }, guessed)).Status);

        Assert.True(worker.IsAlive);
        Assert.Equal(200, (await set.Honest.ReleaseAsync(adas)).Status);
    }

    [ClientFact]
    public async Task HubFiles_ReadByASpace_AreClosedToIt()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            // Without root there are no other users to run Spaces as; the operator is told so at start.
            Assert.Contains("evil/app", Hub.Output, StringComparison.Ordinal);
            return;
        }

        Assert.NotEqual(0, set.Evil.Uid);
        string[] closed =
        [
            Hub.Directory, .. Directory.EnumerateFileSystemEntries(Hub.Directory),
            $"/proc/{Hub.Pid}/environ", $"/proc/{Hub.Pid}/fd", $"/proc/{set.Honest.Agent.Pid}/environ",
        ];
        foreach (var path in closed)
            Assert.True((await set.Evil.DoAsync("read", new { path })) is var answer && answer.TryGetProperty("errno", out var errno) && errno.GetInt32() == AccessDenied, $"{path}: {answer}");
    }

    [ClientFact]
    public async Task ForkBomb_DeafToSigterm_IsGoneSoonAfterItsDeadline()
    {
        var (mallory, token) = await MalloryAsync();
        var grant = await set.LeaseAsync(token, 3, task: 6);
        var worker = await set.WorkAsync(grant, ignoreTerm: true, children: 60);
        Assert.Equal((200, 60), (worker.Allow.Status, worker.Children.Count));
        Assert.All(worker.Children, child => Assert.True(OtherProcess.IsAlive(child)));

        var receipt = await mallory.ReceiptAfterAsync(0);
        await Eventually.True(
            () => !worker.IsAlive && !worker.Children.Any(OtherProcess.IsAlive),
            receipt.EndedAt + Hub.Grace + TimeSpan.FromSeconds(2) - DateTimeOffset.UtcNow);

        Assert.Equal(("overrun", 3_000), (receipt.Outcome, receipt.ChargedMilliseconds));
    }

    private async Task<(Person Mallory, string Token)> MalloryAsync()
    {
        var mallory = await Person.AddAsync(Hub, $"mallory-{Interlocked.Increment(ref visitors)}");
        return (mallory, await mallory.IdentityTokenAsync("evil/app"));
    }

    private static async Task<string> TokenOfAnotherHubAsync()
    {
        var folder = Directory.CreateTempSubdirectory("stint-e2e-other-").FullName;
        try
        {
            var other = new Cli(folder);
            await other.JsonAsync("account", "add", "evil", "--generate");
            await other.JsonAsync("space", "add", "evil/app", "--upstream", "http://127.0.0.1:9");
            return (await other.JsonAsync("token", "identity", "--account", "evil", "--space", "evil/app")).GetProperty("token").GetString()!;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
