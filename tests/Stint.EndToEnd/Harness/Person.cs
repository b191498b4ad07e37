using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace Stint.EndToEnd.Harness;

/// <summary>Someone with an account and an access token, who sees quota and receipts as everyone does: by the API and by the command line.</summary>
internal sealed class Person
{
    private readonly HubProcess hub;
    private readonly string accessToken;

    private Person(HubProcess hub, string name, string accessToken, string password) => (this.hub, Name, this.accessToken, Password) = (hub, name, accessToken, password);

    public string Name { get; }

    public string Password { get; }

    public static async Task<Person> AddAsync(HubProcess hub, string name, string plan = "pro", string role = "member")
    {
        var added = await hub.Cli.JsonAsync("account", "add", name, "--plan", plan, "--role", role, "--generate");
        var created = await hub.Cli.JsonAsync("token", "create", name, "--name", "end-to-end", "--role", "write");
        return new(hub, name, hub.Secret(created.GetProperty("token").GetString()!), hub.Secret(added.GetProperty("password").GetString()!));
    }

    /// <summary>Somebody who is there already.</summary>
    public static Person Holding(HubProcess hub, string name, string accessToken, string password) =>
        new(hub, name, hub.Secret(accessToken), hub.Secret(password));

    /// <summary>Another token of the same account, and its id.</summary>
    public async Task<(string Text, string Id)> TokenAsync(params string[] grant)
    {
        var created = await hub.Cli.JsonAsync(["token", "create", Name, "--name", "another", .. grant]);
        return (hub.Secret(created.GetProperty("token").GetString()!), created.GetProperty("id").GetString()!);
    }

    /// <summary>What the gateway would hand to a Space for one event of this person.</summary>
    public async Task<string> IdentityTokenAsync(string space, params string[] more)
    {
        var issued = await hub.Cli.JsonAsync(["token", "identity", "--account", Name, "--space", space, .. more]);
        return hub.Secret(issued.GetProperty("token").GetString()!);
    }

    public async Task<Purse> PurseAsync()
    {
        var quota = await GetAsync("/v1/quota");
        var purse = Assert.Single(quota.GetProperty("purses").EnumerateArray()).Deserialize<Purse>(JsonSerializerOptions.Web)!;
        Assert.Equal(purse.AllowanceMilliseconds, purse.SpentMilliseconds + purse.ReservedMilliseconds + purse.LeftMilliseconds);
        return purse;
    }

    /// <summary>The last to end first.</summary>
    public async Task<IReadOnlyList<Receipt>> ReceiptsAsync() =>
        (await GetAsync("/v1/receipts?limit=1000")).GetProperty("receipts").Deserialize<List<Receipt>>(JsonSerializerOptions.Web)!;

    public async Task<IReadOnlyList<JsonElement>> RefusalsAsync() => [.. (await GetAsync("/v1/refusals?limit=1000")).GetProperty("refusals").EnumerateArray()];

    /// <summary>The receipt of the one run that has ended since there were so many.</summary>
    public async Task<Receipt> ReceiptAfterAsync(int seen)
    {
        await Eventually.True(async () => (await ReceiptsAsync()).Count > seen, says: $"{Name} has receipt number {seen + 1}");
        var receipts = await ReceiptsAsync();
        Assert.Equal(seen + 1, receipts.Count);
        return receipts[0];
    }

    /// <summary>
    /// The purse moved by exactly what these receipts charged and nothing is held any more, and the command line says the
    /// same. To the millisecond, all of it.
    /// </summary>
    public async Task AssertExplainedByAsync(Purse before, params Receipt[] receipts)
    {
        var after = await PurseAsync();
        var charged = receipts.Sum(receipt => receipt.ChargedMilliseconds);
        Assert.Equal(before.SpentMilliseconds + charged, after.SpentMilliseconds);
        Assert.Equal(0, after.ReservedMilliseconds);
        Assert.Equal(after.AllowanceMilliseconds - after.SpentMilliseconds, after.LeftMilliseconds);
        var printed = (await hub.Cli.JsonAsync("receipts", "--account", Name, "--limit", "1000")).Deserialize<List<Receipt>>(JsonSerializerOptions.Web)!;
        foreach (var receipt in receipts)
        {
            Assert.Equal(receipt.ChargedMilliseconds, receipt.Purses.Sum(share => share.AmountMilliseconds));
            var same = Assert.Single(printed, other => other.Id == receipt.Id);
            Assert.Equal((receipt.MeasuredMilliseconds, receipt.ChargedMilliseconds, receipt.Outcome), (same.MeasuredMilliseconds, same.ChargedMilliseconds, same.Outcome));
        }
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        using var answer = await hub.Http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}

internal sealed record Purse(long AllowanceMilliseconds, long SpentMilliseconds, long ReservedMilliseconds, long LeftMilliseconds);

internal sealed record Receipt(
    string Id, string Space, string Outcome, string? Device, long ReservedFloorMilliseconds, long ReservedCeilingMilliseconds, long MeasuredMilliseconds, long ChargedMilliseconds,
    decimal Weight, IReadOnlyList<PurseShare> Purses, long WaitMilliseconds, long AttachMilliseconds, long RunMilliseconds, long ForgivenMilliseconds,
    DateTimeOffset ReservedAt, DateTimeOffset? GrantedAt, DateTimeOffset EndedAt, string? Refusal);

internal sealed record PurseShare(string Purse, long AmountMilliseconds);
