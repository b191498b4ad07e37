using System.Globalization;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Nodes;

/// <summary>A Space in a pid namespace of its own names its workers by numbers that mean something else outside.</summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class PidNamespaceTests
{
    private static readonly string[] OwnNamespace = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];

    [NamespaceFact]
    [Trait("Behaviour", "B30")]
    public async Task OverdueWorker_DeafToSigtermInItsOwnNamespace_IsDeadInTimeAndItsSlotFree()
    {
        await using var hub = await HubProcess.StartAsync(new HubSettings());
        await hub.Cli.JsonAsync("account", "add", "studio", "--plan", "pro", "--generate");
        await using var space = await LeasingSpace.AddWithinAsync(hub, "studio/inside", OwnNamespace);
        var ada = await Person.AddAsync(hub, "ada");
        var before = await ada.PurseAsync();
        var token = await ada.IdentityTokenAsync(space.Name);
        Assert.Equal(1, space.Agent.Pid);
        var bystander = Environment.ProcessId;

        var grant = await space.LeaseAsync(token, 2);
        var worker = await space.WorkAllowedAsync(grant, ignoreTerm: true);
        var outside = OutsideOf(space, worker.Pid);
        Assert.NotEqual(worker.Pid, outside);

        // Its deadline, the grace, and two seconds.
        await Eventually.True(() => !OtherProcess.IsAlive(outside), TimeSpan.FromSeconds(2) + hub.Grace + TimeSpan.FromSeconds(2));
        var receipt = await ada.ReceiptAfterAsync(0);
        Assert.Equal(("overrun", 2_000, 2_000), (receipt.Outcome, receipt.MeasuredMilliseconds, receipt.ChargedMilliseconds));
        await ada.AssertExplainedByAsync(before, receipt);
        // The only slot serves the next one, and nobody else was harmed.
        var next = await space.LeaseAsync(token, 30, task: 2);
        Assert.False(next.Idle);
        Assert.Equal(204, (await space.ReleaseAsync(next)).Status);
        Assert.True(OtherProcess.IsAlive(bystander) && OtherProcess.IsAlive(hub.Pid));
        // A number that is nobody's inside is refused, whoever has it outside.
        var third = await space.LeaseAsync(token, 30, task: 3);
        Assert.Equal(403, (await space.CallAsync("POST", "/allow", new { third.AllowToken, pid = hub.Pid })).Status);
        LedgerAudit.Of(hub.Directory).AssertSound();
    }

    /// <summary>The worker as this test's own namespace numbers it.</summary>
    private static int OutsideOf(LeasingSpace space, int inside) => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
        .Single(pid => pid != 0 && NamesOf(pid) is [_, _, ..] names && names[^1] == inside && CommandOf(pid).Contains($"--control\0{space.Agent.ControlPort}", StringComparison.Ordinal));

    private static string CommandOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static List<int> NamesOf(int pid)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("NSpid:", StringComparison.Ordinal));
            return [.. line.Split('\t')[1..].Select(name => int.Parse(name, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return [];
        }
    }
}
