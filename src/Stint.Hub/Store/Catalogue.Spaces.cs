using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Spaces;

namespace Stint.Hub.Store;

public enum AddSpaceOutcome
{
    Added,
    /// <summary>No account has the owner's name, or it is not the account the Space names as its owner.</summary>
    OwnerUnknown,
    AlreadyExists,
    /// <summary>The host name label is empty, longer than 63 characters or the hub's own.</summary>
    LabelReserved,
    /// <summary>Another Space has the same label: <c>a-b/c</c> and <c>a/b-c</c> are both <c>a-b-c</c>.</summary>
    LabelTaken,
    /// <summary>The owner's plan hosts no more Spaces.</summary>
    HostingLimitReached,
}

/// <summary>Writes of Spaces.</summary>
public sealed partial class Catalogue
{
    /// <summary>Adds a Space under its owner's name as that account spells it.</summary>
    public AddSpaceOutcome AddSpace(Space space) => Write(
        writer =>
        {
            if (Account(writer, space.Owner) is not { } owner || !string.Equals(owner.Name, space.Id.Owner, StringComparison.OrdinalIgnoreCase))
                return AddSpaceOutcome.OwnerUnknown;
            var named = space with { Id = new SpaceId(owner.Name, space.Id.Name), Generation = NextGeneration(writer, space) };
            if (Space(writer, named.Id) is not null) return AddSpaceOutcome.AlreadyExists;
            if (!SpaceLabel.IsFree(named.Id.Subdomain)) return AddSpaceOutcome.LabelReserved;
            if (HolderOf(writer, named.Id.Subdomain) is not null) return AddSpaceOutcome.LabelTaken;
            if (owner.Role != AccountRole.Administrator && HostedBy(writer, owner.Id) >= Plan(writer, owner.Plan)!.HostingLimit)
                return AddSpaceOutcome.HostingLimitReached;
            writer.Execute(
                "INSERT INTO spaces (id, subdomain, owner, body) VALUES (@id, @subdomain, @owner, @body)",
                new { id = named.Id.ToString(), subdomain = named.Id.Subdomain, owner = owner.Id.Value, body = Json.Write(named) });
            return AddSpaceOutcome.Added;
        },
        outcome => outcome == AddSpaceOutcome.Added);

    /// <summary>
    /// Changes everything but the name of a Space: <paramref name="change"/> gets it as committed. Null where there is none.
    /// </summary>
    public Space? ChangeSpace(SpaceId id, Func<Space, Space> change) => ChangeSpace(id, (_, space) => change(space));

    /// <param name="change">May write along in the same transaction; null leaves everything as it is.</param>
    internal Space? ChangeSpace(SpaceId id, Func<SqliteConnection, Space, Space?> change) => Write(
        writer =>
        {
            if (Space(writer, id) is not { } space || change(writer, space) is not { } next) return null;
            var changed = next with { Id = space.Id, Owner = space.Owner };
            writer.Execute("UPDATE spaces SET body = @body WHERE id = @id", new { id = space.Id.ToString(), body = Json.Write(changed) });
            return changed;
        },
        changed => changed is not null);

    /// <summary>Gives a Space its next device secret; from here on the one before opens nothing. Null where there is no such Space.</summary>
    public Space? RotateSecret(SpaceId id) => ChangeSpace(id, space => space with { Generation = space.Generation + 1 });

    /// <summary>
    /// False where there is none. Should one of this name be added again, it goes on with the next device secret: what the
    /// former one knew opens nothing.
    /// </summary>
    public bool RemoveSpace(SpaceId id) => Write(
        writer =>
        {
            if (Space(writer, id) is not { } space) return false;
            writer.Execute("DELETE FROM spaces WHERE id = @id", new { id = id.ToString() });
            writer.Execute("DELETE FROM space_settings WHERE space = @id", new { id = id.ToString() });
            writer.Execute("INSERT OR REPLACE INTO removed_spaces (id, generation) VALUES (@id, @generation)", new { id = id.ToString(), generation = space.Generation });
            return true;
        },
        removed => removed);

    /// <summary>The Space reached under a host name label.</summary>
    public SpaceId? FindLabel(string subdomain)
    {
        using var reader = database.OpenReader();
        return HolderOf(reader, subdomain);
    }

    private static SpaceId? HolderOf(SqliteConnection connection, string subdomain) =>
        connection.QuerySingleOrDefault<string>("SELECT id FROM spaces WHERE subdomain = @subdomain", new { subdomain }) is { } id ? SpaceId.Parse(id) : null;

    private static long HostedBy(SqliteConnection connection, AccountId owner) =>
        connection.ExecuteScalar<long>("SELECT count(*) FROM spaces WHERE owner = @owner", new { owner = owner.Value });

    private static int NextGeneration(SqliteConnection connection, Space space)
    {
        var former = connection.QuerySingleOrDefault<long?>("SELECT generation FROM removed_spaces WHERE id = @id", new { id = space.Id.ToString() });
        return former is { } last ? Math.Max(space.Generation, (int)last + 1) : space.Generation;
    }
}
