using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Stint.Core.Quota;
using Stint.Hub.Store;

namespace Stint.Hub.Nodes.Joining;

/// <summary>A machine that has joined, as it is kept.</summary>
/// <param name="IsDrained">What runs goes on, nothing new is granted.</param>
/// <param name="Devices">What it has, in words for people.</param>
/// <param name="ReachedAt">When it last reached the hub anew; null where it never did.</param>
public sealed record NodeRecord(string Name, long Epoch, bool IsDrained, string Devices, Uri? DeviceUrl, Instant JoinedAt, Instant? ReachedAt);

public enum JoinOutcome
{
    Joined,
    NameInvalid,
    /// <summary>Another machine has this name; it has to be removed first.</summary>
    NameTaken,
    TokenUnknown,
    TokenUsed,
    TokenExpired,
}

/// <summary>The machines that have joined and the tokens by which one may. Every secret is returned once and kept as a hash.</summary>
public sealed class NodeRecords(Catalogue catalogue)
{
    public const string NameRule = "1 to 40 letters, digits or hyphens, and not 'local'";

    private const string Columns = "name, epoch, drained, devices, device_url AS deviceUrl, joined_at AS joinedAt, reached_at AS reachedAt";
    private const int SecretBytes = 32;
    private const int LongestSecret = 128;
    private const int LongestWords = 2000;

    public static bool IsName(string? name) =>
        name is { Length: >= 1 and <= 40 } && name != LocalNode.BuiltIn && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    /// <param name="isSingle">True where one machine may join by it; else as many as come before its end.</param>
    public string CreateToken(Instant now, TimeSpan lifetime, bool isSingle)
    {
        var token = NewSecret("nj_");
        catalogue.Write(
            writer =>
            {
                writer.Execute("DELETE FROM node_tokens WHERE expires_at <= @now", new { now = now.UnixMilliseconds });
                return writer.Execute(
                    "INSERT INTO node_tokens (hash, single, expires_at) VALUES (@hash, @single, @end)",
                    new { hash = Hash(token), single = isSingle, end = (now + lifetime).UnixMilliseconds });
            },
            _ => true);
        return token;
    }

    /// <summary>
    /// Lets a machine in: 1 its name 2 the token 3 is the name free? Its secret is returned this once. Its epochs begin at the
    /// moment, so that they are greater than those of any machine that had the name before.
    /// </summary>
    public (JoinOutcome Outcome, string? Secret) Join(string token, string name, Instant now)
    {
        if (!IsName(name)) return (JoinOutcome.NameInvalid, null);
        if (token.Length > LongestSecret) return (JoinOutcome.TokenUnknown, null);
        var secret = NewSecret("nd_");
        return catalogue.Write<(JoinOutcome Outcome, string? Secret)>(
            writer =>
            {
                var row = writer.QuerySingleOrDefault<TokenRow>(
                    "SELECT single, expires_at AS expiresAt, used_at AS usedAt FROM node_tokens WHERE hash = @hash", new { hash = Hash(token) });
                if (row is null) return (JoinOutcome.TokenUnknown, null);
                if (row.ExpiresAt <= now.UnixMilliseconds) return (JoinOutcome.TokenExpired, null);
                if (row.Single != 0 && row.UsedAt is not null) return (JoinOutcome.TokenUsed, null);
                var added = writer.Execute(
                    "INSERT INTO nodes (name, hash, epoch, drained, devices, joined_at) VALUES (@name, @hash, @now, 0, '', @now) ON CONFLICT (name) DO NOTHING",
                    new { name, hash = Hash(secret), now = now.UnixMilliseconds });
                if (added == 0) return (JoinOutcome.NameTaken, null);
                writer.Execute("UPDATE node_tokens SET used_at = @now WHERE hash = @hash", new { hash = Hash(token), now = now.UnixMilliseconds });
                return (JoinOutcome.Joined, secret);
            },
            result => result.Outcome == JoinOutcome.Joined);
    }

    /// <summary>Whose secret this is; null for any other text.</summary>
    public NodeRecord? Find(string secret)
    {
        if (secret.Length > LongestSecret) return null;
        using var reader = catalogue.OpenReader();
        return reader.QuerySingleOrDefault<Row>($"SELECT {Columns} FROM nodes WHERE hash = @hash", new { hash = Hash(secret) })?.ToRecord();
    }

    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<NodeRecord> List()
    {
        using var reader = catalogue.OpenReader();
        return [.. reader.Query<Row>($"SELECT {Columns} FROM nodes ORDER BY name").Select(row => row.ToRecord())];
    }

    /// <summary>The node has reached the hub: its next epoch. Null where it was removed.</summary>
    public long? Reached(string name, Uri deviceUrl, string devices, Instant now) => catalogue.Write(
        writer => writer.QuerySingleOrDefault<long?>(
            "UPDATE nodes SET epoch = epoch + 1, device_url = @url, devices = @devices, reached_at = @now WHERE name = @name RETURNING epoch",
            new { name, url = deviceUrl.ToString(), devices = devices[..Math.Min(devices.Length, LongestWords)], now = now.UnixMilliseconds }),
        epoch => epoch is not null);

    /// <summary>False where there is none of this name.</summary>
    public bool SetDrained(string name, bool isDrained) =>
        catalogue.Write(writer => writer.Execute("UPDATE nodes SET drained = @isDrained WHERE name = @name", new { name, isDrained }), rows => rows == 1) == 1;

    /// <summary>From here on its secret opens nothing. False where there is none of this name.</summary>
    public bool Remove(string name) => catalogue.Write(writer => writer.Execute("DELETE FROM nodes WHERE name = @name", new { name }), rows => rows == 1) == 1;

    private static string NewSecret(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private sealed record TokenRow(long Single, long ExpiresAt, long? UsedAt);

    private sealed record Row(string Name, long Epoch, long Drained, string Devices, string? DeviceUrl, long JoinedAt, long? ReachedAt)
    {
        public NodeRecord ToRecord() => new(
            Name, Epoch, Drained != 0, Devices, DeviceUrl is null ? null : new Uri(DeviceUrl), new Instant(JoinedAt), ReachedAt is { } at ? new Instant(at) : null);
    }
}
