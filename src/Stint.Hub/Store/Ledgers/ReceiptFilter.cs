using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Store.Ledgers;

/// <summary>Which receipts are meant. Each part narrows them further; what is null narrows nothing.</summary>
/// <param name="Exit">How the lease ended.</param>
/// <param name="Cause">Of those that never had a lease: why, as a stable word. Not together with <paramref name="Exit"/>.</param>
/// <param name="From">Ended at this moment or later.</param>
public sealed record ReceiptFilter(SpaceId? Space = null, ExitClass? Exit = null, string? Cause = null, Instant? From = null)
{
    public static readonly ReceiptFilter None = new();

    /// <summary>Constant text of ours with a place for each value: what is asked for never becomes a part of the text.</summary>
    internal (string Where, IReadOnlyList<object> Values) ToSql()
    {
        var (where, values) = ("", new List<object>());
        Add(" AND space = ? COLLATE NOCASE", Space?.ToString());
        Add(" AND exit = ?", Exit?.ToString());
        Add(" AND exit IS NULL AND cause = ?", Cause);
        Add(" AND ended_at >= ?", From?.UnixMilliseconds);
        return (where, values);

        void Add(string condition, object? value)
        {
            if (value is null) return;
            where += condition;
            values.Add(value);
        }
    }
}
