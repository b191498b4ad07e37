using System.Net.Http.Headers;
using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Layout;
using Stint.Hub.Store.Audits;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;
using Stint.Hub.Tokens;

namespace Stint.Hub.Commands.Upkeep;

/// <summary>
/// Asks a serving hub for the quota of each account, at the page and at every API that tells it, and compares with the ledger as
/// the gate reads it. Accounts with something open are left out: theirs moves while it is read.
/// </summary>
/// <param name="Accounts">How many were asked for and stood still meanwhile.</param>
/// <param name="LeftOut">Accounts of which something was open, or that are too many.</param>
internal sealed record DoorAudit(int Accounts, int LeftOut, IReadOnlyList<Discrepancy> Discrepancies)
{
    private const int MostAccounts = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public override string ToString() => $"{Accounts} accounts asked for at {Links.Usage}, /v1/quota and /api/spaces/zero-gpu/quota, {LeftOut} left out"
        + (Discrepancies.Count == 0 ? ": all say what the gate says" : $": {Discrepancies.Count} discrepancies");

    public static async Task<DoorAudit> CompareAsync(OpenHub hub, CancellationToken stopping)
    {
        using var handler = new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { BaseAddress = hub.Address.Url, Timeout = Patience };
        var sessions = new Sessions(hub.Catalogue);
        var (found, asked, leftOut) = (new List<Discrepancy>(), 0, 0);
        foreach (var account in hub.Catalogue.Accounts().Where(account => !account.Blocked))
        {
            if (asked == MostAccounts)
            {
                leftOut++;
                continue;
            }

            var (_, held, text) = hub.Tokens.Create(account.Id, "audit", new AccessTokenGrant(AccessTokenRole.FineGrained, [AccessTokenPermission.ReadQuota]), hub.Now);
            var session = sessions.CreateHubSession(account.Id, hub.Now);
            try
            {
                if (held is null || text is null || session is null || await AskAsync(hub, account, client, text, session, stopping).ConfigureAwait(false) is not { } says)
                {
                    leftOut++;
                    continue;
                }

                asked++;
                found.AddRange(says.Select(sentence => new Discrepancy("door", $"{account.Name}: {sentence}")));
            }
            catch (Exception e) when (!stopping.IsCancellationRequested && e is HttpRequestException or TaskCanceledException or JsonException or KeyNotFoundException)
            {
                return new(asked, leftOut, [.. found, new("door", $"the hub at {hub.Address.Url} does not answer: {e.Message}")]);
            }
            finally
            {
                if (held is not null) hub.Tokens.Revoke(held.Id, hub.Now);
                if (session is not null) sessions.EndHubSession(session, hub.Now);
            }
        }

        return new(asked, leftOut, found);
    }

    /// <summary>What each door says that the gate does not; null where the account did not stand still.</summary>
    private static async Task<IReadOnlyList<string>?> AskAsync(OpenHub hub, Account account, HttpClient client, string token, string session, CancellationToken stopping)
    {
        var before = Read(hub, account);
        var quota = JsonDocument.Parse(await TextAsync(client, "/v1/quota", token, stopping).ConfigureAwait(false)).RootElement;
        var tool = JsonDocument.Parse(await TextAsync(client, "/api/spaces/zero-gpu/quota", token, stopping).ConfigureAwait(false)).RootElement;
        var page = await PageAsync(client, hub.Address.Url, session, stopping).ConfigureAwait(false);
        var after = Read(hub, account);
        // What changed in between belongs to neither moment.
        if (before is null || after is null || before with { At = after.At, Purses = null } != after with { Purses = null } || before.LeftInAll != after.LeftInAll) return null;
        return [.. new[] { OfApi(quota, after), OfTool(tool, after), OfPage(page, after) }.OfType<string>()];
    }

    private static string? OfApi(JsonElement quota, QuotaReading gate)
    {
        var purse = quota.GetProperty("purses")[0];
        long Milliseconds(string name) => purse.GetProperty(name + "Milliseconds").GetInt64();
        var says = (Milliseconds("allowance"), Milliseconds("spent"), Milliseconds("reserved"), Milliseconds("left"), quota.GetProperty("leftInAllMilliseconds").GetInt64());
        var real = (gate.Allowance.Milliseconds, gate.Spent.Milliseconds, gate.Reserved.Milliseconds, gate.Left.Milliseconds, gate.LeftInAll.Milliseconds);
        return says == real ? null : $"/v1/quota says {says} (allowance, spent, reserved, left, left in all), the gate {real}";
    }

    private static string? OfTool(JsonElement tool, QuotaReading gate)
    {
        var (granted, left) = (tool.GetProperty("base").GetInt64(), tool.GetProperty("current").GetInt64());
        return (granted, left) == (gate.Allowance.WholeSeconds, gate.Left.WholeSeconds) ? null
            : $"zero-gpu/quota says {left} of {granted} s, the gate {gate.Left.WholeSeconds} of {gate.Allowance.WholeSeconds} s";
    }

    private static string? OfPage(string page, QuotaReading gate)
    {
        var missing = new[] { $"{Amounts.Of(gate.Spent)} spent", $"{Amounts.Of(gate.Reserved)} reserved", $"{Amounts.Of(gate.Left)} left" }
            .Where(part => !page.Contains($"</svg> {part}</li>", StringComparison.Ordinal)).ToList();
        return missing.Count == 0 ? null : $"{Links.Usage} does not say {string.Join(", ", missing)} as the gate does";
    }

    /// <summary>Null where something waits or runs.</summary>
    private static QuotaReading? Read(OpenHub hub, Account account)
    {
        var snapshot = QuotaSnapshot.Take(hub.Reads, hub.Catalogue, IdentityId.Of(account.Id), hub.LedgerNow);
        return snapshot.Ledger.Queued.Count + snapshot.Ledger.Leased.Count > 0 ? null : snapshot.Reading;
    }

    private static async Task<string> TextAsync(HttpClient client, string path, string token, CancellationToken stopping)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await client.SendAsync(request, stopping).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync(stopping).ConfigureAwait(false);
    }

    private static async Task<string> PageAsync(HttpClient client, Uri hub, string session, CancellationToken stopping)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Links.Usage);
        request.Headers.Add("Cookie", $"{HubCookie.NameAt(hub)}={session}");
        using var answer = await client.SendAsync(request, stopping).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync(stopping).ConfigureAwait(false);
    }
}
