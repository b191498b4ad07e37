using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace Stint.EndToEnd.Harness;

/// <summary>A hub as <c>--demo</c> starts it, for the tests of one class: ada on plan pro, and a Space that draws.</summary>
public sealed class DemoHub : IAsyncLifetime
{
    public const string Id = "demo/mandelbrot";
    public const string Endpoint = "/render";

    internal HubProcess Hub { get; private set; } = null!;
    internal Person Ada { get; private set; } = null!;

    /// <summary>The Space's own address.</summary>
    internal Uri Space { get; private set; } = null!;

    /// <summary>The cheapest picture: what it costs is the seconds it is told to work.</summary>
    internal static object[] Picture(double seconds = 1) => [-0.7436, 0.1318, 1, seconds];

    public Task InitializeAsync() => StartAsync(new HubSettings());

    internal async Task StartAsync(HubSettings settings)
    {
        Hub = await HubProcess.StartAsync(settings with { Demo = true });
        var demo = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Hub.Directory, "demo.json"))).RootElement;
        Ada = Person.Holding(Hub, "ada", demo.GetProperty("tokens").GetProperty("ada").GetString()!, demo.GetProperty("passwords").GetProperty("ada").GetString()!);
        Space = new Uri(demo.GetProperty("spaces")[0].GetProperty("host").GetString()!);
        await Eventually.True(AnswersAsync, TimeSpan.FromSeconds(60), "the demo's Space answers");
    }

    /// <summary>Who the Space's address takes the holder of this token for, and what is left to them.</summary>
    internal async Task<Me> MeAsync(string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Space, "/.stint/me"));
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await Hub.Http.SendAsync(request);
        return (await answer.Content.ReadFromJsonAsync<Me>())!;
    }

    public async Task DisposeAsync()
    {
        if (Hub is not null) await Hub.DisposeAsync();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var answer = await Hub.Http.GetAsync(new Uri(Space, "/config"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

/// <summary>What an address says of whoever asks it.</summary>
internal sealed record Me(
    string Outcome, string? Identity, string? Account, string? Plan, string Because, string RecognisedBy, IReadOnlyList<string> Via, IReadOnlyList<MeEvidence> Evidence, MeQuota? Quota,
    string? HowToBeRecognised);

internal sealed record MeEvidence(string Kind, string? Carrier, string Standing, string? Cause, string? Sentence);

internal sealed record MeQuota(string Purse, decimal AllowanceSeconds, decimal SpentSeconds, decimal ReservedSeconds, decimal LeftSeconds, DateTime? ResetsAt);
