using System.Net.Http.Headers;
using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Store.Audits;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Commands.Upkeep;

/// <summary>
/// Asks a serving hub for the quota of each account, at every API that tells it, and compares with the ledger as the gate reads
/// it. Accounts with something open are left out: theirs moves while it is read.
/// </summary>
internal static class DoorAudit
{
    private const int MostAccounts = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<IReadOnlyList<Discrepancy>> CompareAsync(OpenHub hub, CancellationToken stopping)
    {
        using var client = new HttpClient { BaseAddress = hub.Address.Url, Timeout = Patience };
        var found = new List<Discrepancy>();
        foreach (var account in hub.Catalogue.Accounts().Where(account => !account.Blocked).Take(MostAccounts))
        {
            var (_, held, text) = hub.Tokens.Create(account.Id, "audit", new AccessTokenGrant(AccessTokenRole.FineGrained, [AccessTokenPermission.ReadQuota]), hub.Now);
            if (held is null || text is null) continue;
            try
            {
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", text);
                if (await CompareAsync(hub, account, client, stopping).ConfigureAwait(false) is { } says) found.Add(new("door", says));
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException or KeyNotFoundException)
            {
                return [new("door", $"the hub at {hub.Address.Url} does not answer: {e.Message}")];
            }
            finally
            {
                hub.Tokens.Revoke(held.Id, hub.Now);
            }
        }

        return found;
    }

    private static async Task<string?> CompareAsync(OpenHub hub, Account account, HttpClient client, CancellationToken stopping)
    {
        var before = Read(hub, account);
        var purse = (await AskAsync(client, "/v1/quota", stopping).ConfigureAwait(false)).GetProperty("purses")[0];
        var tool = await AskAsync(client, "/api/spaces/zero-gpu/quota", stopping).ConfigureAwait(false);
        var after = Read(hub, account);
        // What changed in between belongs to neither moment.
        if (before is null || after is null || before.Spent != after.Spent || before.ResetsAt != after.ResetsAt) return null;
        var api = (purse.GetProperty("allowanceMilliseconds").GetInt64(), purse.GetProperty("spentMilliseconds").GetInt64(), purse.GetProperty("reservedMilliseconds").GetInt64(), purse.GetProperty("leftMilliseconds").GetInt64());
        var gate = (after.Allowance.Milliseconds, after.Spent.Milliseconds, after.Reserved.Milliseconds, after.Left.Milliseconds);
        if (api != gate) return $"{account.Name}: /v1/quota says {api} (allowance, spent, reserved, left), the gate {gate}";
        var (granted, left) = (tool.GetProperty("base").GetInt64(), tool.GetProperty("current").GetInt64());
        return (granted, left) == (after.Allowance.WholeSeconds, after.Left.WholeSeconds) ? null
            : $"{account.Name}: zero-gpu/quota says {left} of {granted} s, the gate {after.Left.WholeSeconds} of {after.Allowance.WholeSeconds} s";
    }

    /// <summary>Null where something waits or runs.</summary>
    private static QuotaReading? Read(OpenHub hub, Account account)
    {
        var snapshot = QuotaSnapshot.Take(hub.Reads, hub.Catalogue, IdentityId.Of(account.Id), hub.LedgerNow);
        return snapshot.Ledger.Queued.Count + snapshot.Ledger.Leased.Count > 0 ? null : snapshot.Reading;
    }

    private static async Task<JsonElement> AskAsync(HttpClient client, string path, CancellationToken stopping)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), stopping).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(stopping).ConfigureAwait(false)).RootElement;
    }
}
