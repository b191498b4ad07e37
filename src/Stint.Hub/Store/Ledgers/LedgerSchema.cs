namespace Stint.Hub.Store.Ledgers;

/// <summary>
/// Tables of the ledger. <c>entries</c> is append-only and is the truth; the others keep the state after the last entry, so
/// that a start reads what is open and nothing else. Times are milliseconds since 1970, UTC; durations and GPU time are
/// milliseconds. Columns called <c>rest</c> are JSON of what is seldom set.
/// </summary>
internal static class LedgerSchema
{
    /// <summary>As it was first: everything in JSON bodies.</summary>
    public const string Create = """
        CREATE TABLE entries (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            identity TEXT,
            reservation TEXT,
            body TEXT NOT NULL);
        CREATE INDEX entries_by_identity ON entries (identity, seq) WHERE identity IS NOT NULL;
        CREATE INDEX entries_by_reservation ON entries (reservation, seq) WHERE reservation IS NOT NULL;

        CREATE TABLE ledgers (identity TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;

        CREATE TABLE reservations (
            id TEXT PRIMARY KEY,
            identity TEXT NOT NULL,
            space TEXT NOT NULL,
            phase TEXT NOT NULL,
            reserved_at INTEGER NOT NULL,
            ended_at INTEGER,
            charged INTEGER,
            body TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX reservations_open ON reservations (identity) WHERE ended_at IS NULL;
        CREATE INDEX reservations_by_identity ON reservations (identity, ended_at);
        CREATE INDEX reservations_by_space ON reservations (space, reserved_at);

        CREATE TABLE refusals (
            id TEXT PRIMARY KEY,
            at INTEGER NOT NULL,
            identity TEXT,
            space TEXT NOT NULL,
            cause TEXT NOT NULL,
            body TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX refusals_by_time ON refusals (at);
        CREATE INDEX refusals_by_identity ON refusals (identity, at);

        CREATE TABLE histories (function TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE slots (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE evidence (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL);
        """;

    /// <summary>
    /// Columns instead of bodies: a commit writes a sixth of the bytes. No index on entries: whoever wants those of one
    /// reservation may wait a moment, and every commit would pay for it.
    /// </summary>
    public const string ToColumns = """
        ALTER TABLE entries RENAME TO old_entries;
        ALTER TABLE ledgers RENAME TO old_ledgers;
        ALTER TABLE reservations RENAME TO old_reservations;
        ALTER TABLE histories RENAME TO old_histories;
        DROP INDEX entries_by_identity;
        DROP INDEX entries_by_reservation;
        DROP INDEX reservations_open;
        DROP INDEX reservations_by_identity;
        DROP INDEX reservations_by_space;

        CREATE TABLE entries (
            seq INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            identity TEXT,
            reservation TEXT,
            amount INTEGER,
            body TEXT);

        CREATE TABLE ledgers (
            identity TEXT PRIMARY KEY, version INTEGER NOT NULL, plan TEXT,
            window_opened_at INTEGER, window_allowance INTEGER, window_spent INTEGER, window_grants INTEGER, window_refusals INTEGER,
            last_served_at INTEGER NOT NULL, window_rest TEXT, rest TEXT) WITHOUT ROWID;

        CREATE TABLE reservations (
            id TEXT PRIMARY KEY, identity TEXT NOT NULL, space TEXT NOT NULL, endpoint TEXT NOT NULL, size TEXT NOT NULL, declared INTEGER NOT NULL,
            task INTEGER NOT NULL, weight INTEGER NOT NULL, ceiling INTEGER NOT NULL, expected INTEGER NOT NULL,
            event TEXT NOT NULL, recognised_by TEXT, via TEXT, then_via TEXT, priority INTEGER NOT NULL, refusal TEXT NOT NULL, space_concurrency INTEGER,
            reserved_at INTEGER NOT NULL, arrived_at INTEGER NOT NULL, wait_until INTEGER NOT NULL,
            phase TEXT NOT NULL, floor INTEGER NOT NULL, slot TEXT, device_index INTEGER, device_uuid TEXT, granted_at INTEGER, window_opened_at INTEGER, idle INTEGER,
            worker_pid INTEGER, worker_start INTEGER, worker_proven INTEGER, allowed_at INTEGER, forgiven INTEGER,
            ended_at INTEGER, exit TEXT, measured INTEGER, charged INTEGER, cause TEXT,
            rest TEXT, lease_rest TEXT, ending_rest TEXT);
        CREATE INDEX reservations_open ON reservations (identity) WHERE ended_at IS NULL;
        CREATE INDEX reservations_by_identity ON reservations (identity, ended_at) WHERE ended_at IS NOT NULL;

        CREATE TABLE histories (function TEXT NOT NULL, identity TEXT NOT NULL, learned INTEGER NOT NULL, runs TEXT NOT NULL, PRIMARY KEY (function, identity)) WITHOUT ROWID;

        INSERT INTO entries SELECT seq, at, json_extract(body, '$.kind'), identity, reservation, NULL, body FROM old_entries;
        INSERT INTO ledgers SELECT
            identity, version, body ->> '$.plan',
            body ->> '$.current.openedAt', body ->> '$.current.allowance', body ->> '$.current.spent', body ->> '$.current.grants', body ->> '$.current.refusals',
            coalesce(body ->> '$.lastServedAt', 0), iif(body ->> '$.current.overstay' > 0, json_object('overstay', body -> '$.current.overstay'), NULL),
            iif(json_array_length(body, '$.earlier') > 0, json_object('earlier', body -> '$.earlier'), NULL) FROM old_ledgers;
        INSERT INTO reservations SELECT
            id, identity, space, body ->> '$.function.endpoint', body ->> '$.function.size', body ->> '$.function.declaredMilliseconds',
            body ->> '$.taskId', body ->> '$.weight', body ->> '$.ceiling', body ->> '$.expected',
            body ->> '$.event', body ->> '$.recognition.by', body ->> '$.recognition.via', body ->> '$.recognition.thenVia',
            body ->> '$.priority', body ->> '$.refusalId', body ->> '$.spaceConcurrency',
            reserved_at, body ->> '$.arrivedAt', body ->> '$.waitUntil',
            phase, body ->> '$.floor', body ->> '$.lease.slot', body ->> '$.lease.deviceIndex', body ->> '$.lease.deviceUuid', body ->> '$.lease.grantedAt',
            body ->> '$.lease.windowOpenedAt', body ->> '$.lease.idle', body ->> '$.lease.worker.pid', body ->> '$.lease.worker.startTicks',
            body ->> '$.lease.worker.proven', body ->> '$.lease.allowedAt', body ->> '$.lease.forgiven',
            ended_at, body ->> '$.ending.exit', body ->> '$.ending.measured', charged, body ->> '$.ending.cause', NULL, NULL, NULL FROM old_reservations;
        INSERT INTO histories SELECT
            function, run.value ->> '$.identity', run.key, (SELECT group_concat(value, ' ') FROM json_each(run.value, '$.milliseconds'))
            FROM old_histories, json_each(old_histories.body, '$.runs') AS run;

        DROP TABLE old_entries;
        DROP TABLE old_ledgers;
        DROP TABLE old_reservations;
        DROP TABLE old_histories;
        """;

    /// <summary>
    /// What entries before the first one came to, so that they need not be kept for ever, and how what is over is found. A
    /// refusal's row is told by one entry, which finds its words there; any further one of the same id says them itself.
    /// </summary>
    public const string ToOpenings = """
        CREATE TABLE openings (kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
        CREATE INDEX instructions_decided ON instructions (decided_at) WHERE decided_at IS NOT NULL;

        CREATE TEMP TABLE told_twice AS SELECT body AS id, min(seq) AS first, max(at) AS last FROM entries
            WHERE kind = 'refused' AND body NOT LIKE '{%' GROUP BY body HAVING count(*) > 1;
        UPDATE entries SET body = json_object('kind', 'refused', 'at', at, 'refusal', json((SELECT refusals.body FROM refusals WHERE refusals.id = entries.body)))
            WHERE kind = 'refused' AND body NOT LIKE '{%' AND seq NOT IN (SELECT first FROM told_twice) AND body IN (SELECT id FROM told_twice);
        UPDATE refusals SET at = (SELECT last FROM told_twice WHERE told_twice.id = refusals.id) WHERE id IN (SELECT id FROM told_twice);
        DROP TABLE told_twice;

        CREATE INDEX entries_refused ON entries (at) WHERE kind = 'refused';
        """;
}
