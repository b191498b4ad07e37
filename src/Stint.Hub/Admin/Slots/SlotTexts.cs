using Stint.Core.Leasing;

namespace Stint.Hub.Admin.Slots;

/// <summary>How a slot is, in a word and with the style of a chip.</summary>
internal static class SlotTexts
{
    public static (string Word, string Style) State(Slot slot) => slot switch
    {
        { Lost: not null } => ("lost", "bad"),
        { Phase: SlotPhase.Quarantined } => ("quarantined", "bad"),
        { IsWithdrawn: true } => ("leaving", "warn"),
        { IsDrained: true, Phase: SlotPhase.Free } => ("drained", "warn"),
        { IsDrained: true } => ("draining", "warn"),
        { Phase: SlotPhase.Leased } => ("busy", "good"),
        { Phase: SlotPhase.Draining } => ("stopping a worker", "warn"),
        { Warm: not null } => ("free, warm", ""),
        _ => ("free", ""),
    };

    public static string Word(SpanKind kind) => kind switch
    {
        SpanKind.Leased => "leased",
        SpanKind.Lost => "lost",
        SpanKind.Quarantined => "quarantined",
        SpanKind.Drained => "drained",
    };
}
