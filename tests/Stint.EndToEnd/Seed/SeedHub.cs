using System.Text.Json;
using Stint.EndToEnd.Harness;
using Stint.EndToEnd.Sites;
using Xunit;

namespace Stint.EndToEnd.Seed;

/// <summary>
/// A hub behind a proxy whose word about addresses it takes, with so little GPU time for strangers and the plan <c>free</c>
/// that one run leaves too little for another: every run works at least <see cref="SpendingSeconds"/> of <see cref="Allowance"/>,
/// and the function is known to take a second.
/// </summary>
public class SeedHub : IAsyncLifetime
{
    public const double SpendingSeconds = 2.1;
    private const string Allowance = "3s";
    private const int MostLessons = 10;
    private const int SlowestLesson = 1_800;

    private readonly DemoHub demo = new();
    private int addresses;

    /// <summary>Null where the hub and its Spaces are ports of this machine.</summary>
    internal virtual SiteNames? Names => null;

    internal HubProcess Hub => demo.Hub;
    internal Uri Space => demo.Space;
    internal Person Ada => demo.Ada;

    public virtual async Task InitializeAsync()
    {
        await demo.StartAsync(new HubSettings(TrustedProxies: "127.0.0.1") { Names = Names });
        foreach (var plan in new[] { "free", "anonymous" }) await Hub.Cli.JsonAsync("plan", "set", plan, "--allowance", Allowance);
        await TeachAsync();
    }

    /// <summary>
    /// One run lets the function be known, and its newest run is what everybody else is estimated by: on a busy machine the first
    /// takes the start of its worker too, and more than strangers have at all.
    /// </summary>
    private async Task TeachAsync()
    {
        using var ada = Visitor();
        var token = ("Authorization", $"Bearer {(await Ada.TokenAsync()).Text}");
        for (var runs = 0; runs < MostLessons; runs++)
        {
            Assert.True((await ada.RunAsync(1, token)).Succeeded);
            if ((await Ada.ReceiptsAsync())[0].MeasuredMilliseconds < SlowestLesson) return;
        }

        Assert.Fail($"this machine is too busy: none of {MostLessons} runs of a second took less than {SlowestLesson} ms");
    }

    /// <summary>A browser, or a program, at an address of its own unless it is given one.</summary>
    internal Caller Visitor(string? address = null) => new(this, address ?? $"203.0.113.{Interlocked.Increment(ref addresses)}");

    internal Task<Person> SomeoneAsync(string name) => Person.AddAsync(Hub, name, "free");

    internal AuditedRun LastRunOf(string identity) => LedgerAudit.Of(Hub.Directory).Runs.Last(run => run.Identity == identity);

    internal JsonElement LastRefusal() => LedgerAudit.Of(Hub.Directory).Refusals[^1];

    public virtual Task DisposeAsync() => demo.DisposeAsync();
}
