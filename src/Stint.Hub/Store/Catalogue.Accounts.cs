using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;

namespace Stint.Hub.Store;

public enum AddAccountOutcome
{
    Added,
    /// <summary>The name breaks <see cref="Account.NameRule"/>.</summary>
    NameInvalid,
    PlanUnknown,
    /// <summary>Another account has this name, perhaps in another case.</summary>
    NameTaken,
}

public enum ChangeAccountOutcome { Changed, AccountUnknown, PlanUnknown, LastAdministrator }

public enum SetPlanOutcome
{
    Set,
    /// <summary><see cref="Plan.Problem"/> says what is wrong.</summary>
    Invalid,
}

/// <summary>Writes of accounts and plans.</summary>
public sealed partial class Catalogue
{
    public AddAccountOutcome AddAccount(Account account) => Write(
        writer =>
        {
            if (!Core.Identities.Account.IsName(account.Name)) return AddAccountOutcome.NameInvalid;
            if (Plan(writer, account.Plan) is null) return AddAccountOutcome.PlanUnknown;
            var added = writer.Execute(
                """
                INSERT INTO accounts (id, name, role, plan, created_at, blocked)
                VALUES (@id, @name, @role, @plan, @createdAt, @blocked) ON CONFLICT (name) DO NOTHING
                """,
                new
                {
                    id = account.Id.Value,
                    name = account.Name,
                    role = account.Role.ToString(),
                    plan = account.Plan,
                    createdAt = account.CreatedAt.UnixMilliseconds,
                    blocked = account.Blocked,
                });
            return added == 1 ? AddAccountOutcome.Added : AddAccountOutcome.NameTaken;
        },
        outcome => outcome == AddAccountOutcome.Added);

    /// <summary>Accounts whose name holds a text, in the order of their names.</summary>
    /// <param name="after">Go on after this name; empty to begin.</param>
    public IReadOnlyList<Account> FindAccounts(string part, string after, int limit)
    {
        using var reader = database.OpenReader();
        return [.. reader.Query<AccountRow>(
            $"SELECT {AccountColumns} FROM accounts WHERE instr(lower(name), lower(@part)) > 0 AND name > @after ORDER BY name LIMIT @limit",
            new { part, after, limit }).Select(row => row.ToAccount())];
    }

    /// <summary>Puts an account on a plan. A larger allowance counts at once, a smaller one from its next window.</summary>
    public ChangeAccountOutcome SetPlan(AccountId id, string plan) => Write(
        writer =>
        {
            if (Plan(writer, plan) is null) return ChangeAccountOutcome.PlanUnknown;
            return Changed(writer.Execute(
                "UPDATE accounts SET plan = @plan, plan_version = (SELECT version + 1 FROM catalogue_version) WHERE id = @id", new { id = id.Value, plan }));
        },
        outcome => outcome == ChangeAccountOutcome.Changed);

    /// <summary>Shuts an account out or lets it in again. The last administrator that is not blocked stays.</summary>
    public ChangeAccountOutcome SetBlocked(AccountId id, bool blocked) => Write(
        writer =>
        {
            if (blocked && IsLastAdministrator(writer, id)) return ChangeAccountOutcome.LastAdministrator;
            return Changed(writer.Execute("UPDATE accounts SET blocked = @blocked WHERE id = @id", new { id = id.Value, blocked }));
        },
        outcome => outcome == ChangeAccountOutcome.Changed);

    /// <summary>Makes an account an administrator or a member. The last administrator that is not blocked stays one.</summary>
    public ChangeAccountOutcome SetRole(AccountId id, AccountRole role) => Write(
        writer =>
        {
            if (role != AccountRole.Administrator && IsLastAdministrator(writer, id)) return ChangeAccountOutcome.LastAdministrator;
            return Changed(writer.Execute("UPDATE accounts SET role = @role WHERE id = @id", new { id = id.Value, role = role.ToString() }));
        },
        outcome => outcome == ChangeAccountOutcome.Changed);

    /// <summary>Changes a password and with it ends every session that was opened before: whoever knew the old one is out.</summary>
    /// <param name="hash">Of the password, made by <c>Accounts.Passwords</c>; the password itself never comes here.</param>
    public ChangeAccountOutcome SetPasswordHash(AccountId id, string hash, Instant now) => Write(
        writer => SetPasswordHash(writer, id, hash, now), outcome => outcome == ChangeAccountOutcome.Changed);

    internal static ChangeAccountOutcome SetPasswordHash(SqliteConnection writer, AccountId id, string hash, Instant now)
    {
        writer.Execute("UPDATE hub_sessions SET ended_at = @now WHERE account = @id AND ended_at IS NULL", new { id = id.Value, now = now.UnixMilliseconds });
        return Changed(writer.Execute("UPDATE accounts SET password_hash = @hash WHERE id = @id", new { id = id.Value, hash }));
    }

    /// <summary>Null where the account is unknown or never got a password.</summary>
    public string? PasswordHash(AccountId id)
    {
        using var reader = database.OpenReader();
        return reader.QuerySingleOrDefault<string>("SELECT password_hash FROM accounts WHERE id = @id", new { id = id.Value });
    }

    /// <summary>Adds a plan, or changes the one of that name for everyone on it.</summary>
    public SetPlanOutcome SetPlan(Plan plan) => Write(
        writer =>
        {
            if (plan.Problem() is not null) return SetPlanOutcome.Invalid;
            writer.Execute(
                """
                INSERT INTO plans (name, allowance, priority, longest, hosting, strict, device_cap, shared_cap)
                VALUES (@name, @allowance, @priority, @longest, @hosting, @strict, @deviceCap, @sharedCap)
                ON CONFLICT (name) DO UPDATE SET allowance = @allowance, priority = @priority, longest = @longest, hosting = @hosting,
                    strict = @strict, device_cap = @deviceCap, shared_cap = @sharedCap
                """,
                new
                {
                    name = plan.Name,
                    allowance = plan.Allowance.Milliseconds,
                    priority = plan.Priority,
                    longest = (long)plan.LongestDuration.TotalMilliseconds,
                    hosting = plan.HostingLimit,
                    strict = plan.Strict,
                    deviceCap = plan.DeviceCap?.Milliseconds,
                    sharedCap = plan.SharedCap?.Milliseconds,
                });
            return SetPlanOutcome.Set;
        },
        outcome => outcome == SetPlanOutcome.Set);

    private static ChangeAccountOutcome Changed(int rows) => rows == 1 ? ChangeAccountOutcome.Changed : ChangeAccountOutcome.AccountUnknown;

    private static bool IsLastAdministrator(SqliteConnection connection, AccountId id) =>
        Account(connection, id) is { Role: AccountRole.Administrator, Blocked: false }
        && connection.ExecuteScalar<long>("SELECT count(*) FROM accounts WHERE role = 'Administrator' AND NOT blocked") == 1;
}
