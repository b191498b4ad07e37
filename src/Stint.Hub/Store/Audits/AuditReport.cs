namespace Stint.Hub.Store.Audits;

/// <summary>Something in the data file that is not as it must be.</summary>
/// <param name="Code">A stable word: <c>file</c>, <c>unreadable</c>, <c>fold</c>, <c>life</c>, <c>charge</c>, <c>allowance</c>, <c>overdue</c>, <c>slot</c>, <c>refusal</c>, <c>door</c>.</param>
public sealed record Discrepancy(string Code, string Says)
{
    public override string ToString() => $"{Code}: {Says}";
}

/// <summary>What an audit went through and what it found wrong.</summary>
/// <param name="Discrepancies">At most <see cref="Most"/>; <paramref name="More"/> counts the rest.</param>
public sealed record AuditReport(long Entries, int Ledgers, long Reservations, int Open, IReadOnlyList<Discrepancy> Discrepancies, int More)
{
    public const int Most = 100;

    public bool IsSound => Discrepancies.Count == 0;

    /// <summary>One sentence on what was gone through.</summary>
    public override string ToString() => $"{Entries} entries, {Ledgers} ledgers, {Reservations} reservations of which {Open} are open"
        + (IsSound ? ": sound" : $": {Discrepancies.Count + More} discrepancies");
}
