using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Crashes;

/// <summary>kill -9, again and again, while fifty leases run with real processes as workers.</summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class CrashTests
{
    private const int Slots = 50;
    private const int Crashes = 20;
    private const int People = 5;
    private const int AtOnce = 10;
    private const double Declared = 300;

    /// <summary>Fixed, so that a failure is tried again with the same choices.</summary>
    private readonly Random random = new(20_260_101);

    private readonly List<Running> running = [];

    /// <summary>Their release was under way when the hub was killed.</summary>
    private readonly List<Running> unheard = [];

    /// <summary>Reservations whose worker died while no hub was there to see it.</summary>
    private readonly HashSet<string> died = [];

    /// <summary>The ledger as the last crash left it.</summary>
    private LedgerAudit left = null!;

    private HubProcess hub = null!;
    private LeasingSpace space = null!;
    private readonly List<(Person Person, string Token)> people = [];
    private long lastTask;

    [ClientFact]
    [Trait("Behaviour", "B64")]
    public async Task KillNine_TwentyTimesDuringFiftyLeases_SettlesEachRunOnceAndLosesNothingUpToTheLastEvidence()
    {
        await using var served = hub = await HubProcess.StartAsync(new HubSettings(Slots));
        await using var leasing = space = await SetUpAsync();
        for (var crash = 1; crash <= Crashes; crash++)
        {
            await TopUpAsync();
            await CrashOnceAsync();
            AssertSettledToTheEvidence(LedgerAudit.Of(hub.Directory));
        }

        await Task.WhenAll(running.ToList().Select(ReleaseAsync));
        Assert.Empty(running);
        await AssertAllIsSettledAsync();
    }

    private async Task<LeasingSpace> SetUpAsync()
    {
        await hub.Cli.JsonAsync("plan", "set", "crowd", "--allowance", "10h", "--longest", "1h", "--hosting", "1");
        await hub.Cli.JsonAsync("account", "add", "studio", "--plan", "crowd", "--generate");
        var added = await LeasingSpace.AddAsync(hub, "studio/app");
        for (var i = 0; i < People; i++)
        {
            var person = await Person.AddAsync(hub, $"person-{i}", "crowd");
            people.Add((person, await person.IdentityTokenAsync(added.Name, "--minutes", "60")));
        }

        return added;
    }

    /// <summary>Lets every slot run, each for a task of its own; a few at a time, for each worker is named within ten seconds.</summary>
    private async Task TopUpAsync()
    {
        foreach (var few in Enumerable.Range(0, Slots - running.Count).Chunk(AtOnce))
            running.AddRange(await Task.WhenAll(few.Select(StartAsync)));
    }

    private async Task<Running> StartAsync(int number)
    {
        var grant = await space.LeaseAsync(people[number % People].Token, Declared, Interlocked.Increment(ref lastTask));
        return new(grant, await space.WorkAllowedAsync(grant));
    }

    /// <summary>Some wait and some release at the very moment; some workers die while nobody sees it; then the hub is back.</summary>
    private async Task CrashOnceAsync()
    {
        var waiting = new List<Order>();
        for (var i = 0; i < 3; i++) waiting.Add(await space.BeginAsync(people[i].Token, Declared, ++lastTask));
        var asked = Pick(3);
        var releasing = asked.Select(IsReleaseHeardAsync).ToList();
        await Task.Delay(random.Next(400));

        var killedAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await hub.KillAsync();
        var heard = await Task.WhenAll(releasing);
        await Task.WhenAll(waiting.Select(GiveUpAsync));
        foreach (var (run, isHeard) in asked.Zip(heard))
            if (isHeard) running.Remove(run);
            else unheard.Add(run);
        left = LedgerAudit.Of(hub.Directory);
        Assert.InRange(left.LastEvidence!.Value, killedAt - 5_000, killedAt + 1_000);
        await LetDieAsync(Pick(4));
        await hub.StartAgainAsync();

        // Workers that live kept their leases, and are released as if nothing had been.
        await Task.WhenAll(Pick(4).Select(ReleaseAsync));
        foreach (var run in unheard)
            Assert.Equal(left.Runs.Single(known => known.Id == run.Grant.Id).EndedAt is null ? 200 : 404, (await space.ReleaseAsync(run.Grant)).Status);
        running.RemoveAll(unheard.Contains);
        unheard.Clear();
    }

    private async Task LetDieAsync(List<Running> dying)
    {
        foreach (var run in dying) OtherProcess.Signal(run.Worker.Pid, OtherProcess.SigKill);
        await Eventually.True(() => dying.All(run => !run.Worker.IsAlive));
        died.UnionWith(dying.Select(run => run.Grant.Id));
        running.RemoveAll(dying.Contains);
    }

    private void AssertSettledToTheEvidence(LedgerAudit after)
    {
        var runs = after.Runs.ToDictionary(run => run.Id);
        foreach (var open in left.Runs.Where(run => run.EndedAt is null))
        {
            var run = runs[open.Id];
            if (run.GrantedAt is null) Assert.Equal((1, "Voided", 0), (run.Ends, run.Phase, run.Charged));
            else if (run.AllowedAt is null) Assert.Equal((1, "Voided", 0), (run.Ends, run.Phase, run.Charged));
            else if (died.Contains(run.Id))
            {
                var last = Math.Max(left.LastEvidence!.Value, run.AllowedAt.Value);
                Assert.Equal((1, "WorkerDied", last), (run.Ends, run.Exit, run.EndedAt));
                Assert.Equal(last - run.GrantedAt - run.Forgiven, run.Charged);
            }
            else Assert.True(run.Forgiven > open.Forgiven, $"{run.Id} lived on, and the time without a hub was not forgiven");
        }
    }

    private async Task AssertAllIsSettledAsync()
    {
        var audit = LedgerAudit.Of(hub.Directory);
        audit.AssertSound();
        Assert.All(audit.Runs, run => Assert.Equal(1, run.Ends));
        Assert.All(audit.Runs, run => Assert.InRange(run.Measured, 0, (long)(Declared * 1000)));
        Assert.True(died.Count == 4 * Crashes, $"{died.Count} workers died while the hub was down");
        foreach (var (person, _) in people)
        {
            var (purse, receipts) = (await person.PurseAsync(), await person.ReceiptsAsync());
            Assert.Equal(0, purse.ReservedMilliseconds);
            Assert.Equal(purse.SpentMilliseconds, receipts.Sum(receipt => receipt.ChargedMilliseconds));
            Assert.Equal(receipts.Count, receipts.Select(receipt => receipt.Id).Distinct().Count());
        }

        hub.AssertNoSecretWasPrinted();
    }

    private async Task ReleaseAsync(Running run)
    {
        running.Remove(run);
        Assert.Equal(200, (await space.ReleaseAsync(run.Grant)).Status);
    }

    /// <summary>Whoever goes unheard is asked once more when the hub is back.</summary>
    private async Task<bool> IsReleaseHeardAsync(Running run)
    {
        try
        {
            Assert.Equal(200, (await space.ReleaseAsync(run.Grant)).Status);
            return true;
        }
        catch (DisconnectedException)
        {
            return false;
        }
    }

    /// <summary>Most waits are cut off; one whose turn came in time is granted, and nobody will ever work for it.</summary>
    private static async Task GiveUpAsync(Order order)
    {
        try
        {
            Grant.Of(await order.Result);
        }
        catch (DisconnectedException)
        {
            // As it should be.
        }
    }

    private List<Running> Pick(int count) => [.. running.Except(unheard).OrderBy(_ => random.Next()).Take(count)];

    private sealed record Running(Grant Grant, Worker Worker);
}
