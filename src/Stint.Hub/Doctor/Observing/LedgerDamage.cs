namespace Stint.Hub.Doctor.Observing;

/// <summary>What the last audit of the data file said is wrong, a line each; empty where it was sound.</summary>
internal sealed class LedgerDamage
{
    public IReadOnlyList<string> Lines { get; private set; } = [];
}
