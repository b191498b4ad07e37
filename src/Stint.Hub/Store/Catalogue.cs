using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Store;

/// <summary>
/// Who may sign in, what each plan grants and which Spaces are hosted, as committed in the data file. Any process may read
/// and write it at any time, the command line beside a running hub too; <see cref="Version"/> tells whether anyone wrote.
/// </summary>
public sealed partial class Catalogue
{
    private const string AccountColumns = "id, name, role, plan, created_at AS createdAt, blocked";
    private const string PlanColumns = "name, allowance, priority, longest, hosting, strict, device_cap AS deviceCap, shared_cap AS sharedCap";

    private readonly Database database;
    private readonly Lock versionGate = new();
    private readonly Remembered<AccountId, Account?> accounts;
    private readonly Remembered<string, Plan?> plans;
    private SqliteCommand? version;
    private CommitMark? commits;
    private volatile Seen seen = new([], 0);

    public Catalogue(Database database)
    {
        this.database = database;
        accounts = new(this, id =>
        {
            using var reader = OpenReader();
            return Account(reader, id);
        });
        plans = new(this, name =>
        {
            using var reader = OpenReader();
            return Plan(reader, name);
        });
    }

    /// <summary>Grows with every write of anyone, but for the last use of a token. Cheap enough to ask for at every request.</summary>
    public long Version()
    {
        var last = seen;
        if (commits?.Is(last.Mark) == true) return last.Version;
        lock (versionGate)
        {
            // One connection and one prepared statement for the life of the hub: opening one would cost ten times the read.
            version ??= PrepareVersion();
            // Taken before the read: what is committed between makes the next look a read again.
            var mark = commits?.Read() ?? [];
            var read = (long)version.ExecuteScalar()!;
            seen = new(mark, read);
            commits ??= CommitMark.Of(version.Connection!);
            return read;
        }
    }

    /// <summary>Where the hub of this data directory was last started; null before its first start.</summary>
    public HubAddress? Address()
    {
        using var reader = database.OpenReader();
        return reader.QuerySingleOrDefault<AddressRow>("SELECT url, device_url AS deviceUrl, ports FROM hub_address")?.ToAddress();
    }

    /// <summary>To be called at every start, so that the command line can name the hub's pages.</summary>
    public void KeepAddress(HubAddress address) => Write(
        writer => writer.Execute(
            "INSERT OR REPLACE INTO hub_address (one, url, device_url, ports) VALUES (1, @url, @device, @ports)",
            new { url = address.Url.ToString(), device = address.DeviceUrl.ToString(), ports = Json.Write(address.Ports) }),
        _ => true);

    public Account? FindAccount(AccountId id) => accounts.Of(id);

    /// <summary>By user name, whatever its case.</summary>
    public Account? FindAccount(string name)
    {
        using var reader = database.OpenReader();
        return reader.QuerySingleOrDefault<AccountRow>($"SELECT {AccountColumns} FROM accounts WHERE name = @name", new { name })?.ToAccount();
    }

    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<Account> Accounts()
    {
        using var reader = database.OpenReader();
        return [.. reader.Query<AccountRow>($"SELECT {AccountColumns} FROM accounts ORDER BY name").Select(row => row.ToAccount())];
    }

    /// <summary>Those that are not blocked, in the order of their names.</summary>
    public IReadOnlyList<Account> Administrators()
    {
        using var reader = database.OpenReader();
        return [.. reader.Query<AccountRow>($"SELECT {AccountColumns} FROM accounts WHERE role = 'Administrator' AND NOT blocked ORDER BY name").Select(row => row.ToAccount())];
    }

    /// <summary>The accounts that were put on a plan since a <see cref="Version"/>, or are on one of the plans named.</summary>
    public IReadOnlyList<(AccountId Account, string Plan)> PlanChanges(long since, IReadOnlyCollection<string> plans)
    {
        using var reader = database.OpenReader();
        var changed = reader.Query<(string, string)>("SELECT id, plan FROM accounts WHERE plan_version > @since", new { since });
        if (plans.Count > 0) changed = changed.Concat(reader.Query<(string, string)>("SELECT id, plan FROM accounts WHERE plan IN @plans", new { plans }));
        return [.. changed.Select(row => (new AccountId(row.Item1), row.Item2))];
    }

    public Plan? FindPlan(string name) => plans.Of(name);

    /// <summary>From the smallest allowance to the largest.</summary>
    public IReadOnlyList<Plan> Plans()
    {
        using var reader = database.OpenReader();
        return [.. reader.Query<PlanRow>($"SELECT {PlanColumns} FROM plans ORDER BY allowance, name").Select(row => row.ToPlan())];
    }

    /// <summary>The plan in force for an identity: an account's own; for everyone else, an account nobody knows included, the anonymous one.</summary>
    public Plan PlanOf(IdentityId identity)
    {
        var name = identity.Account is { } id ? FindAccount(id)?.Plan : null;
        return FindPlan(name ?? Core.Plans.Plan.Anonymous)
            ?? throw new HubDirectoryException($"the data file has lost the plan '{name ?? Core.Plans.Plan.Anonymous}'; put it back with: stint plan set");
    }

    /// <summary>By name, whatever its case; what is returned carries the name it was added with.</summary>
    public Space? FindSpace(SpaceId id)
    {
        using var reader = database.OpenReader();
        return Space(reader, id);
    }

    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<Space> Spaces()
    {
        using var reader = database.OpenReader();
        return [.. reader.Query<string>("SELECT body FROM spaces ORDER BY id").Select(Json.Read<Space>)];
    }

    /// <summary>
    /// Runs one write transaction, alone among all writers of the file. It is kept, and counted as a new version, where
    /// <paramref name="kept"/> accepts what it came to.
    /// </summary>
    internal T Write<T>(Func<SqliteConnection, T> write, Func<T, bool> kept)
    {
        using var writer = database.OpenWriter();
        using var transaction = writer.BeginTransaction();
        var outcome = write(writer);
        if (!kept(outcome)) return outcome;
        writer.Execute("UPDATE catalogue_version SET version = version + 1");
        transaction.Commit();
        return outcome;
    }

    internal SqliteConnection OpenReader() => database.OpenReader();

    internal SqliteConnection OpenWriter() => database.OpenWriter();

    internal static Account? Account(SqliteConnection connection, AccountId id) =>
        connection.QuerySingleOrDefault<AccountRow>($"SELECT {AccountColumns} FROM accounts WHERE id = @id", new { id = id.Value })?.ToAccount();

    private static Plan? Plan(SqliteConnection connection, string name) =>
        connection.QuerySingleOrDefault<PlanRow>($"SELECT {PlanColumns} FROM plans WHERE name = @name", new { name })?.ToPlan();

    private static Space? Space(SqliteConnection connection, SpaceId id) =>
        connection.QuerySingleOrDefault<string>("SELECT body FROM spaces WHERE id = @id", new { id = id.ToString() }) is { } body
            ? Json.Read<Space>(body)
            : null;

    private SqliteCommand PrepareVersion()
    {
        var command = database.OpenReader().CreateCommand();
        command.CommandText = "SELECT version FROM catalogue_version";
        command.Prepare();
        return command;
    }

    /// <summary>The version of the catalogue that was read at a mark or after it.</summary>
    private sealed record Seen(byte[] Mark, long Version);

    private sealed record AddressRow(string Url, string DeviceUrl, string Ports)
    {
        public HubAddress ToAddress() => new(new Uri(Url), new Uri(DeviceUrl), Json.Read<List<int>>(Ports));
    }

    private sealed record AccountRow(string Id, string Name, string Role, string Plan, long CreatedAt, long Blocked)
    {
        public Account ToAccount() => new(new(Id), Name, Enum.Parse<AccountRole>(Role), Plan, new Instant(CreatedAt), Blocked != 0);
    }

    private sealed record PlanRow(string Name, long Allowance, long Priority, long Longest, long Hosting, long Strict, long? DeviceCap, long? SharedCap)
    {
        public Plan ToPlan() => new(Name, new GpuTime(Allowance), (int)Priority, TimeSpan.FromMilliseconds(Longest), (int)Hosting)
        {
            Strict = Strict != 0,
            DeviceCap = DeviceCap is { } device ? new GpuTime(device) : null,
            SharedCap = SharedCap is { } shared ? new GpuTime(shared) : null,
        };
    }
}

/// <summary>How people and programs reach a hub, how its Spaces reach the device API, and every port of this machine it listens on.</summary>
public sealed record HubAddress(Uri Url, Uri DeviceUrl, IReadOnlyList<int> Ports);
