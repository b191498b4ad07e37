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

    [Fact]
    public async Task Drill_EveryFault_IsNamedFirstAndAHealthyWayHasNone()
    {
        var start = new ProcessStartInfo("dotnet", [Checkout.Program, "doctor", "--drill", "--json"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(6));
        var lines = JsonDocument.Parse(await output).RootElement.EnumerateArray().Select(line => (
            Fault: line.GetProperty("fault").GetString()!, Finding: line.GetProperty("finding").GetString(), Named: line.GetProperty("named").GetBoolean())).ToList();

        Assert.True(process.ExitCode == 0, $"{string.Join('\n', lines.Where(line => !line.Named))}\n{await error}");
        Assert.All(lines, line => Assert.True(line.Named, line.Fault));
        var findings = lines.Select(line => line.Finding).OfType<string>().ToList();
        Assert.Equal(findings.Count, findings.Distinct().Count());
        Assert.True(findings.Count >= LeastFaults, $"{findings.Count} faults");
        Assert.Equal(2, lines.Count(line => line.Finding is null));
    }
}
