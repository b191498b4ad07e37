using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Quota;

namespace Stint.Hub.Store.Alerts;

/// <summary>Alerts as they are kept: each key once, whoever raises it and however often the hub is started.</summary>
public sealed class AlertBook(Database database)
{
    /// <summary>More than so many never wait for the webhook: what comes then is shown and not sent.</summary>
    public const int MostWaiting = 1_000;

    /// <summary>Alerts are kept as long, and no more than so many.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(90);

    private const int MostKept = 20_000;
    private const string Columns = "key, at, kind, subject, identity, until, facts, state, attempts, problem, dismissed_at AS dismissedAt";

    /// <param name="unless">Keys that say more: where one of them was raised, this one is not any more.</param>
    /// <param name="quietSince">Nothing is raised of a subject of which something was after this; null where every key counts.</param>
    /// <returns>True where it is new.</returns>
    public bool Raise(Alert alert, IReadOnlyCollection<string> unless, Instant? quietSince = null)
    {
        using var writer = database.OpenWriter();
        using var transaction = writer.BeginTransaction();
        if (writer.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM alerts WHERE key = @Key OR key IN @unless)", new { alert.Key, unless })) return false;
        if (quietSince is { } since && writer.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM alerts WHERE subject = @Subject AND at > @since)", new { alert.Subject, since = since.UnixMilliseconds })) return false;
        writer.Execute(
            "INSERT INTO alerts (key, at, kind, subject, identity, until, facts, state, next_at) VALUES (@key, @at, @kind, @subject, @identity, @until, @facts, @state, @at)",
            new
            {
                key = alert.Key,
                at = alert.At.UnixMilliseconds,
                kind = alert.Kind.ToString(),
                subject = alert.Subject,
                identity = alert.Identity?.Value,
                until = alert.Until.UnixMilliseconds,
                facts = Json.Write(alert.Facts),
                state = StateAtFirst(writer).ToString(),
            });
        if (alert.Identity?.Account is { } account) Expect(writer, alert, account);
        Forget(writer, alert.At);
        transaction.Commit();
        return true;
    }

    public KeptAlert? Find(string key) => Read("key = @key", new { key }).SingleOrDefault();

    /// <summary>The latest first.</summary>
    public IReadOnlyList<KeptAlert> Latest(int limit) => Read("1 = 1 ORDER BY at DESC, key LIMIT @limit", new { limit });

    /// <summary>What concerns an identity now and was not dismissed, the latest of each subject only.</summary>
    public IReadOnlyList<KeptAlert> Concerning(IdentityId identity, bool isAdministrator, Instant now) =>
    [
        .. Read(
            "(identity = @identity OR (@all AND kind = 'NodeLost')) AND until > @now AND dismissed_at IS NULL ORDER BY at DESC, key LIMIT 20",
            new { identity = identity.Value, all = isAdministrator, now = now.UnixMilliseconds }).DistinctBy(kept => kept.Alert.Subject),
    ];

    /// <summary>Takes a notice away, for whom it concerns: everything of its subject up to it. False where there is none of that key for them.</summary>
    public bool Dismiss(string key, IdentityId identity, bool isAdministrator, Instant now)
    {
        using var writer = database.OpenWriter();
        return writer.Execute(
            """
            UPDATE alerts SET dismissed_at = @now WHERE dismissed_at IS NULL AND (identity = @identity OR (@all AND kind = 'NodeLost'))
                AND subject = (SELECT subject FROM alerts WHERE key = @key) AND at <= (SELECT at FROM alerts WHERE key = @key)
            """,
            new { key, identity = identity.Value, all = isAdministrator, now = now.UnixMilliseconds }) > 0;
    }

    /// <summary>What may be sent now, the longest due first.</summary>
    public IReadOnlyList<KeptAlert> Due(Instant now, int limit) =>
        Read("state = 'Waiting' AND next_at <= @now ORDER BY next_at LIMIT @limit", new { now = now.UnixMilliseconds, limit });

    /// <param name="again">When it is tried again; null where it no longer is.</param>
    public void Tried(string key, bool isDelivered, string? problem, Instant? again)
    {
        using var writer = database.OpenWriter();
        var state = isDelivered ? DeliveryState.Delivered : again is null ? DeliveryState.GivenUp : DeliveryState.Waiting;
        writer.Execute(
            "UPDATE alerts SET attempts = attempts + 1, state = @state, problem = @problem, next_at = @next WHERE key = @key AND state = 'Waiting'",
            new { key, state = state.ToString(), problem, next = again?.UnixMilliseconds ?? 0 });
    }

    private static DeliveryState StateAtFirst(SqliteConnection writer)
    {
        if (!writer.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM webhook)")) return DeliveryState.NotWanted;
        return writer.ExecuteScalar<int>("SELECT count(*) FROM alerts WHERE state = 'Waiting'") < MostWaiting ? DeliveryState.Waiting : DeliveryState.Crowded;
    }

    /// <summary>It waits for the address of whom it concerns too, where they have named one.</summary>
    private static void Expect(SqliteConnection writer, Alert alert, AccountId account) => writer.Execute(
        """
        INSERT INTO personal_deliveries (key, account, next_at) SELECT @key, account, @at FROM personal_webhooks
        WHERE account = @account AND (SELECT count(*) FROM personal_deliveries) < @most AND (SELECT count(*) FROM personal_deliveries WHERE account = @account) < @mostOfAccount
        """,
        new { key = alert.Key, account = account.Value, at = alert.At.UnixMilliseconds, most = PersonalWebhooks.MostWaiting, mostOfAccount = PersonalWebhooks.MostOfAccount });

    private static void Forget(SqliteConnection writer, Instant now) => writer.Execute(
        "DELETE FROM alerts WHERE at < @before OR at < (SELECT at FROM alerts ORDER BY at DESC LIMIT 1 OFFSET @most)",
        new { before = (now - KeptFor).UnixMilliseconds, most = MostKept });

    /// <param name="where">Constant text of ours: what follows WHERE.</param>
    private List<KeptAlert> Read(string where, object parameters)
    {
        using var reader = database.OpenReader();
        return [.. reader.Query<Row>($"SELECT {Columns} FROM alerts WHERE {where}", parameters).Select(row => row.ToAlert())];
    }

    private sealed class Row
    {
        public string Key { get; init; } = "";
        public long At { get; init; }
        public string Kind { get; init; } = "";
        public string Subject { get; init; } = "";
        public string? Identity { get; init; }
        public long Until { get; init; }
        public string Facts { get; init; } = "";
        public string State { get; init; } = "";
        public long Attempts { get; init; }
        public string? Problem { get; init; }
        public long? DismissedAt { get; init; }

        public KeptAlert ToAlert() => new(
            new(Key, new Instant(At), Enum.Parse<AlertKind>(Kind), Subject, Identity is null ? null : new IdentityId(Identity), new Instant(Until), Json.Read<AlertFacts>(Facts)),
            Enum.Parse<DeliveryState>(State), (int)Attempts, Problem, DismissedAt is not null);
    }
}
