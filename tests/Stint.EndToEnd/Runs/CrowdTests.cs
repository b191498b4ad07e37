using System.Collections.Concurrent;
using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.EndToEnd.Harness;
using Stint.Hub.Accounts;
using Stint.Hub.Store;
using Stint.Hub.Tokens;
using Xunit;

namespace Stint.EndToEnd.Runs;

/// <summary>Many people through one Space at once: whoever's token came with a call pays for it, and nobody else.</summary>
public sealed class CrowdTests(SharedHub shared) : HubTest(shared)
{
    private const int People = 100;
    private const int CallsEach = 50;
    private const int AtOnce = 20;

    [ClientFact]
    [Trait("Behaviour", "B15")]
    public async Task HundredPeople_FiftyCallsEachThroughOneSpace_ChargeNobodyForAnother()
    {
        var tokens = AddPeople();
        // One worker, kept warm between the calls, is the real one; it is named once and then reused.
        var (_, _, first) = await SomeoneAsync();
        var grant = await Space.LeaseAsync(first, 30);
        var worker = await Space.WorkAllowedAsync(grant);
        await Space.ReleaseAsync(grant);
        using var http = new HttpClient();
        var payers = new ConcurrentDictionary<string, string>();

        var calls = Enumerable.Range(0, People * CallsEach).Select(number => tokens[number % People]);
        await Parallel.ForEachAsync(calls, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (call, _) =>
            Assert.True(payers.TryAdd(await CallAsync(http, call.Token), call.Identity)));

        Assert.True(worker.IsAlive);
        var runs = LedgerAudit.Of(Hub.Directory).Runs.Where(run => run.Id != grant.Id).ToList();
        Assert.Equal(People * CallsEach, runs.Count);
        Assert.All(runs, run => Assert.Equal((payers[run.Id], "Completed"), (run.Identity, run.Exit)));
    }

    /// <summary>Beside the hub, as the command line does it, but without starting it two hundred times.</summary>
    private List<(string Identity, string Token)> AddPeople()
    {
        var catalogue = new Catalogue(new Database(Hub.Directory));
        Instant Now() => Instant.From(DateTimeOffset.UtcNow);
        var issuer = new IdentityTokens(HubKeys.Open(Hub.Directory), Now);
        var tokens = new List<(string, string)>();
        for (var i = 0; i < People; i++)
        {
            var account = NewAccount.Of($"crowd-{i}", AccountRole.Member, "free", Now());
            Assert.Equal(AddAccountOutcome.Added, catalogue.AddAccount(account));
            var identity = IdentityId.Of(account.Id);
            tokens.Add((identity.Value, issuer.Issue(identity, SpaceId.Parse(Space.Name), $"event-{i}", "", TimeSpan.FromMinutes(10))));
        }

        return tokens;
    }

    /// <summary>One call from beginning to end; returns the reservation it was.</summary>
    private async Task<string> CallAsync(HttpClient http, string token)
    {
        var address = $"{Space.Agent.Base}/schedule?cgroupPath=/&taskId=1&enableQueue=true&durationSeconds=30&token={token}";
        using var answer = await http.PostAsync(new Uri(address), null);
        Assert.Equal(200, (int)answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync();
        var json = JsonDocument.Parse(text[text.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
        Assert.True(json.GetProperty("idle").GetBoolean());
        var allowToken = json.GetProperty("allowToken").GetString()!;
        using var released = await http.PostAsync(new Uri($"{Space.Agent.Base}/release?allowToken={allowToken}&fail=false"), null);
        Assert.Equal(200, (int)released.StatusCode);
        return allowToken[..allowToken.LastIndexOf('.')];
    }
}
