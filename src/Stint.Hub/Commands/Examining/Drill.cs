using Stint.Hub.Commands.Examining.Faults;
using Stint.Hub.Commands.Examining.Practice;

namespace Stint.Hub.Commands.Examining;

/// <summary>What the doctor made of one planted fault.</summary>
/// <param name="Fault">What was planted.</param>
/// <param name="Finding">What it found first; null for nothing.</param>
/// <param name="Named">True where that is what was planted.</param>
/// <param name="Told">What the page of a call that it refuses said, and what of the four answers it did not say; null where it refuses none.</param>
/// <param name="NoRefusal">Why it refuses none; null where it refuses one.</param>
internal sealed record DrillLine(string Fault, string? Finding, bool Named, Told? Told, string? NoRefusal)
{
    /// <summary>True where the doctor names it and the page answers all that its reader asks.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsPassed => Named && Told is not { Missing.Count: > 0 };
}

/// <summary>
/// An operator's fire drill: plants one fault after another in a practice hub and looks whether the doctor names each one
/// first, and none on the healthy way before and after. Where the fault has a call refused, it also reads the refusal's page: who,
/// why, what now and until when have to be what was planted.
/// </summary>
internal static class Drill
{
    private const string Healthy = "none: a healthy way";

    /// <param name="only">Plants the faults whose name has this in it; empty for all.</param>
    /// <param name="report">Hears of each fault as it was examined.</param>
    public static async Task<IReadOnlyList<DrillLine>> RunAsync(string only, Action<DrillLine> report)
    {
        var hub = await PracticeHub.StartAsync().ConfigureAwait(false);
        await using (hub.ConfigureAwait(false))
        {
            var spaces = await hub.AddSpacesAsync([(AppFlaw.None, Core.Spaces.SpaceVisibility.Public), (AppFlaw.None, Core.Spaces.SpaceVisibility.Public), .. SpaceFaults.Wanted]).ConfigureAwait(false);
            var lines = new List<DrillLine>();
            async Task TryAsync(Fault fault)
            {
                if (!fault.Name.Contains(only, StringComparison.OrdinalIgnoreCase)) return;
                var planted = await fault.Plant(hub).ConfigureAwait(false);
                var first = planted.Answer.Findings is [var finding, ..] ? finding.Code : null;
                var line = new DrillLine(fault.Name, first, first == (fault.Finding.Length == 0 ? null : fault.Finding), planted.Told, planted.NoRefusal);
                lines.Add(line);
                report(line);
            }

            var healthy = new Fault(Healthy, "", who => Planted.WithoutRefusalAsync(who.ExamineAsync(who.AddPerson().Token, spaces[0]), "nothing is wrong"));
            await TryAsync(healthy).ConfigureAwait(false);
            foreach (var fault in EvidenceFaults.Of(spaces[0], spaces[1]).Concat(WayFaults.Of(spaces[0])).Concat(SpaceFaults.Of([.. spaces.Skip(2)])).Concat(PurseFaults.Of(spaces[0])).Concat(GpuFaults.Of(spaces[0])))
                await TryAsync(fault).ConfigureAwait(false);
            await TryAsync(healthy).ConfigureAwait(false);
            foreach (var fault in GpuFaults.OfMachines(spaces[0]).Concat(HubFaults.Of(spaces[0]))) await TryAsync(fault).ConfigureAwait(false);
            return lines;
        }
    }
}
