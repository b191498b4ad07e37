using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Stint.EndToEnd.Browser;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Doors;

/// <summary>What one door says of a purse.</summary>
/// <param name="SpentMilliseconds">Null where this door does not say.</param>
/// <param name="LeftMilliseconds">Null where this door does not say.</param>
/// <param name="ResetsAt">To the second; null where this door does not say.</param>
internal sealed record Reading(string Door, long? SpentMilliseconds, long? LeftMilliseconds, DateTime? ResetsAt, bool IsInWholeSeconds = false)
{
    public static Reading OfMe(string door, MeQuota quota) => new(door, (long)(quota.SpentSeconds * 1000), (long)(quota.LeftSeconds * 1000), Second(quota.ResetsAt!.Value));

    public static Reading OfQuota(string door, JsonElement quota)
    {
        var purse = Assert.Single(quota.GetProperty("purses").EnumerateArray());
        return new(door, purse.GetProperty("spentMilliseconds").GetInt64(), purse.GetProperty("leftMilliseconds").GetInt64(), Second(purse.GetProperty("resetsAt").GetDateTime()));
    }

    /// <summary>The same number, as far as this door says it.</summary>
    public void AssertIs(long spent, long left, DateTime resetsAt)
    {
        if (SpentMilliseconds is { } said) Assert.True(said == spent, $"{Door}: spent is {said} ms, and the ledger's entries add up to {spent} ms");
        if (LeftMilliseconds is { } rest) Assert.True(rest == (IsInWholeSeconds ? left / 1000 * 1000 : left), $"{Door}: left is {rest} ms, and {left} ms is what is left");
        if (ResetsAt is { } at) Assert.True(Math.Abs((at - Second(resetsAt)).TotalSeconds) <= 1, $"{Door}: it resets at {at:O}, and the window ends at {resetsAt:O}");
    }

    public static DateTime Second(DateTime at) => new(at.ToUniversalTime().Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, DateTimeKind.Utc);
}

/// <summary>Where one person may read what is left.</summary>
/// <param name="token">An access token of theirs.</param>
/// <param name="window">A browser in which they are signed in, and whose page is the Space's own.</param>
internal sealed partial class Readings(DemoHub demo, Person person, string token, Window window)
{
    public async Task<IReadOnlyList<Reading>> AllAsync() =>
    [
        Reading.OfMe("/.stint/me by the page's cookie", (await Visiting.MeAsync(window.Page)).Quota!),
        Reading.OfMe("/.stint/me by token", (await demo.MeAsync(token)).Quota!),
        Reading.OfQuota("/v1/quota by token", await ByTokenAsync("/v1/quota")),
        Reading.OfQuota("/v1/quota by the hub's cookie", await BySessionAsync("/v1/quota")),
        Reading.OfMe("/v1/me by token", (await ByTokenAsync("/v1/me")).Deserialize<Me>(JsonSerializerOptions.Web)!.Quota!),
        Reading.OfMe("/v1/me by the hub's cookie", (await BySessionAsync("/v1/me")).Deserialize<Me>(JsonSerializerOptions.Web)!.Quota!),
        Reading.OfQuota("stint quota", await demo.Hub.Cli.JsonAsync("quota", "--account", person.Name)),
        await OfHubApiAsync(), await OfBillingAsync(), await OfHeadersAsync(), await OfPageAsync(),
    ];

    private async Task<Reading> OfHubApiAsync()
    {
        var quota = await ByTokenAsync("/api/spaces/zero-gpu/quota");
        return new("/api/spaces/zero-gpu/quota", null, quota.GetProperty("current").GetInt64() * 1000, Reading.Second(quota.GetProperty("resetsAt").GetDateTime()), IsInWholeSeconds: true);
    }

    private async Task<Reading> OfBillingAsync()
    {
        var lines = (await ByTokenAsync("/api/settings/billing/usage")).GetProperty("usage").GetProperty("spaces/zero-a10g/minutes").EnumerateArray();
        return new("/api/settings/billing/usage", (long)Math.Round(lines.Sum(line => line.GetProperty("quantity").GetDecimal()) * 60_000), null, null);
    }

    private async Task<Reading> OfHeadersAsync()
    {
        using var answer = await SendAsync("/v1/quota");
        var parts = answer.Headers.GetValues("RateLimit").Single().Split(';').Select(part => part.Split('=')).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        var resets = DateTime.UtcNow.AddSeconds(long.Parse(parts["t"], CultureInfo.InvariantCulture));
        return new("the RateLimit header", null, long.Parse(parts["r"], CultureInfo.InvariantCulture) * 1000, Reading.Second(resets), IsInWholeSeconds: true);
    }

    private async Task<Reading> OfPageAsync()
    {
        var meter = LeftIn().Match(await TextBySessionAsync($"/spaces/{DemoHub.Id}"));
        return new("the Space's page", null, (long)(decimal.Parse(meter.Groups[1].Value, CultureInfo.InvariantCulture) * 1000), null);
    }

    private async Task<JsonElement> ByTokenAsync(string path)
    {
        using var answer = await SendAsync(path);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<HttpResponseMessage> SendAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await demo.Hub.Http.SendAsync(request);
    }

    private async Task<JsonElement> BySessionAsync(string path) => JsonDocument.Parse(await TextBySessionAsync(path)).RootElement;

    /// <summary>With the cookies of the browser, and nothing else.</summary>
    private async Task<string> TextBySessionAsync(string path)
    {
        var answer = await window.Page.Context.APIRequest.GetAsync(new Uri(demo.Hub.Url, path).AbsoluteUri);
        Assert.True(answer.Ok, $"{path}: {answer.Status}");
        return await answer.TextAsync();
    }

    [GeneratedRegex("<meter [^>]*value=\"([0-9.]+)\"")]
    private static partial Regex LeftIn();
}
