using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;

namespace Stint.Hub.Store.Ledgers.Rows;

/// <summary>Ledgers as rows: one each, its current window in columns. What its events were used for stands in its reservations.</summary>
internal static class LedgerStateRows
{
    private const string Columns =
        "version, plan, window_opened_at, window_allowance, window_spent, window_grants, window_refusals, last_served_at, window_rest, rest";

    public const string Insert = $"INSERT INTO ledgers ({Columns}, identity) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING";
    public const string Update = $"UPDATE ledgers SET ({Columns}) = (?,?,?,?,?,?,?,?,?,?) WHERE identity = ? AND version = ?";
    public const string Select = $"SELECT {Columns} FROM ledgers WHERE identity = ?";

    private static readonly Rest<Window> RestOfWindow = new(
        nameof(Window.OpenedAt), nameof(Window.Allowance), nameof(Window.Spent), nameof(Window.Grants), nameof(Window.Refusals));

    private static readonly Rest<LedgerState> RestOfLedger = new(
        nameof(LedgerState.Identity), nameof(LedgerState.Version), nameof(LedgerState.Plan), nameof(LedgerState.Current),
        nameof(LedgerState.Events), nameof(LedgerState.LastServedAt));

    public static Statement BindState(this Statement row, LedgerState state) => row
        .Bind(state.Version).Bind(PlanText.Of(state.Plan))
        .Bind(state.Current?.OpenedAt.UnixMilliseconds).Bind(state.Current?.Allowance.Milliseconds).Bind(state.Current?.Spent.Milliseconds)
        .Bind(state.Current?.Grants).Bind(state.Current?.Refusals).Bind(state.LastServedAt.UnixMilliseconds)
        .Bind(state.Current is { } window ? RestOfWindow.Write(window) : null).Bind(RestOfLedger.Write(state))
        .Bind(state.Identity.Value);

    /// <summary>The row that <see cref="Select"/> stands on.</summary>
    public static LedgerState ReadState(this Statement row, IdentityId identity)
    {
        var (version, plan) = (row.Number(), row.TextOrNull());
        var (openedAt, allowance, spent) = (row.NumberOrNull(), row.Number(), row.Number());
        var (grants, refusals, lastServedAt) = (row.Number(), row.Number(), row.Number());
        var (windowRest, rest) = (row.TextOrNull(), row.TextOrNull());
        var whole = RestOfLedger.Read(rest);
        return whole with
        {
            Identity = identity,
            Version = version,
            Plan = plan is null ? null : Json.Read<Plan>(plan),
            Current = openedAt is not { } at ? null : RestOfWindow.Read(windowRest) with
            {
                OpenedAt = new(at),
                Allowance = new(allowance),
                Spent = new(spent),
                Grants = (int)grants,
                Refusals = (int)refusals,
            },
            LastServedAt = new(lastServedAt),
            Earlier = whole.Earlier ?? [],
            Events = new Dictionary<string, EventUse>(),
        };
    }

    /// <summary>Plans are few and their text is always the same: the last one written is kept.</summary>
    private static class PlanText
    {
        private static Tuple<Plan, string>? last;

        public static string? Of(Plan? plan)
        {
            if (plan is null) return null;
            if (last is { } kept && (ReferenceEquals(kept.Item1, plan) || kept.Item1 == plan)) return kept.Item2;
            last = new(plan, Json.Write(plan));
            return last.Item2;
        }
    }
}
