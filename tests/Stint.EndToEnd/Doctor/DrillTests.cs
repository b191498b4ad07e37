using System.Diagnostics;
using System.Text.Json;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Doctor;

/// <summary>The doctor against dozens of planted faults, in a scratch hub of the drill's own.</summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class DrillTests
{
    private const int LeastFaults = 25;
    private const int LeastRefusals = 25;

    [Fact]
    public async Task Drill_EveryFault_IsNamedFirstAndAHealthyWayHasNone()
    {
        var start = new ProcessStartInfo("dotnet", [Checkout.Program, "doctor", "--drill", "--json"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(6));
        Assert.True((await output).Length > 0, $"the drill ended with {process.ExitCode} and said: {await error}");
        var lines = JsonDocument.Parse(await output).RootElement.EnumerateArray().Select(line => (
            Fault: line.GetProperty("fault").GetString()!, Finding: line.GetProperty("finding").GetString(), Named: line.GetProperty("named").GetBoolean(),
            Page: line.GetProperty("told") is { ValueKind: JsonValueKind.Object } told ? Page.Of(told) : null, NoRefusal: line.GetProperty("noRefusal").GetString())).ToList();

        Assert.True(process.ExitCode == 0, $"{string.Join('\n', lines.Where(line => !line.Named || line.Page is { Missing.Count: > 0 }))}\n{await error}");
        Assert.All(lines, line => Assert.True(line.Named, line.Fault));
        var findings = lines.Select(line => line.Finding).OfType<string>().ToList();
        Assert.Equal(findings.Count, findings.Distinct().Count());
        Assert.True(findings.Count >= LeastFaults, $"{findings.Count} faults");
        Assert.Equal(2, lines.Count(line => line.Finding is null));

        // Where a fault has a call refused, the refusal's page answers all four questions with what was planted; where it does not, it says why.
        Assert.All(lines, line => Assert.True(line.Page is null ? line.NoRefusal is { Length: > 0 } : line.NoRefusal is null, line.Fault));
        var pages = lines.Where(line => line.Page is not null).ToDictionary(line => line.Fault, line => line.Page!);
        Assert.True(pages.Count >= LeastRefusals, $"{pages.Count} refusals");
        Assert.All(pages, page => Assert.Empty(page.Value.Missing));
        foreach (var (fault, who, why, what, until) in Answers)
        {
            var page = pages[fault];
            Assert.Matches(who, page.Who);
            Assert.Matches(why, page.Why);
            Assert.Matches(what, page.Do);
            Assert.Matches(until, page.When);
        }

        // Nobody who was recognised as an account is told to sign in, and nobody is told a time that never comes.
        Assert.DoesNotContain(pages.Values, page => page.Who.Contains("You were counted as person", StringComparison.Ordinal) && page.Do.Contains("Sign in", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(pages.Values, page => page.When.Contains("0:00:00", StringComparison.Ordinal));
    }

    /// <summary>By the test's own words, one of each kind: the drill does not judge itself alone.</summary>
    private static readonly (string Fault, string Who, string Why, string Do, string When)[] Answers =
    [
        ("a program that sends nothing", @"anonymous visitor \(127\.", @"asks for 300 s .* never allows more than 120 s", "^What you can do now Sign in", "waiting does not help"),
        ("signed in at the hub, not at the Space's own address", @"anonymous visitor \(127\..* you are signed in as person\d+", "never allows more than 120 s", @"Open the Space with your sign-in You are person\d+", "waiting does not help"),
        ("another account at the Space's address", @"counted as person\d+, recognised by a sign-in", "never allows more than 210 s", "Ask for a shorter run", "waiting does not help"),
        ("a revoked token", "Nobody was counted.* access token rejected", "was revoked", "Make an access token", "At once, with an access token"),
        ("an account that was shut out", "Nobody was counted", "shut out by an administrator", "^What you can do now Ask an administrator", "lets the account in again"),
        ("an app whose SDK loses the visitor", "Nobody was counted.* missing", "without an identity token", "from a person's request", "At once"),
        ("an app that has crashed", "nothing was charged", "The fault is the Space's", "Tell its owner", "repaired"),
        ("an allowance used up", @"counted as person\d+, recognised by an access token", "0 s are left of 3 s", "See what used it", @"In 23 h 59 min.* UTC"),
        ("credits that their holder's ceiling keeps back", @"counted as person\d+", "your ceiling", "Raise your ceiling to 0.5 s", "At once"),
        ("all slots taken and a long queue", @"counted as person\d+", "No GPU came free", "Try again later", "would wait about"),
        ("a machine that does not answer", @"counted as person\d+", "No GPU came free", "Try again later", "1 on a machine that does not answer"),
        ("a slot whose process cannot be stopped", @"counted as person\d+", "No GPU came free", "Try again later", "1 taken out, because a process cannot be stopped there"),
    ];

    /// <summary>What a refusal's page said, as the drill read it.</summary>
    private sealed record Page(string Who, string Why, string Do, string When, IReadOnlyList<string> Missing)
    {
        public static Page Of(JsonElement told) => new(
            told.GetProperty("who").GetString()!, told.GetProperty("why").GetString()!, told.GetProperty("do").GetString()!, told.GetProperty("when").GetString()!,
            [.. told.GetProperty("missing").EnumerateArray().Select(missing => missing.GetString()!)]);
    }
}
