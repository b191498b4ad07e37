using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Stint.Core.Quota;
using Stint.Hub.Store;

namespace Stint.Hub.Tokens;

/// <summary>
/// The hub's own keys: one secret that everything symmetric is derived from, and the keys that sign identity tokens, newest
/// first. The newest signs; one that was replaced verifies for as long as a token of its may live, and then no more. Kept in
/// <c>keys.json</c>, readable by the hub's own user only.
/// </summary>
public sealed partial class HubKeys
{
    public const string FileName = "keys.json";
    private const int SecretBytes = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly byte[] secret;

    private HubKeys(Kept kept)
    {
        secret = kept.Secret;
        Signing = [.. kept.Signing.Select(key => new SigningKey(key.Kid, Import(key.PrivateKey), key.ReplacedAt is { } at ? new Instant(at) : null))];
        HubName = "stint:" + Convert.ToHexStringLower(Mac("hub-name").AsSpan(0, 8));
    }

    /// <summary>Never empty; the first signs.</summary>
    public IReadOnlyList<SigningKey> Signing { get; }

    /// <summary>Tells this hub's tokens from any other hub's, and says nothing about its keys.</summary>
    public string HubName { get; }

    /// <summary>The keys of a data directory, made on first use. Several processes may open it at once: they get the same keys.</summary>
    /// <exception cref="HubDirectoryException">When the file cannot be used; the message says what to do.</exception>
    public static HubKeys Open(string directory)
    {
        var path = Path.Combine(directory, FileName);
        try
        {
            if (!File.Exists(path)) Create(path);
            RefuseIfOthersCanRead(path);
            var kept = JsonSerializer.Deserialize<Kept>(File.ReadAllText(path), Format);
            if (kept is not { Secret.Length: SecretBytes, Signing.Count: > 0 }) throw new HubDirectoryException($"{path} holds no usable keys; restore it from a backup");
            return new HubKeys(kept);
        }
        catch (Exception e) when (e is JsonException or CryptographicException)
        {
            throw new HubDirectoryException($"{path} cannot be read; restore it from a backup", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HubDirectoryException($"{path} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Puts a new signing key in front. A hub that runs goes on with those it has until it is started again.</summary>
    /// <exception cref="HubDirectoryException">When the file cannot be used.</exception>
    public static HubKeys Rotate(string directory, Instant now)
    {
        Open(directory);
        var path = Path.Combine(directory, FileName);
        var kept = JsonSerializer.Deserialize<Kept>(File.ReadAllText(path), Format)!;
        var fresh = Write(path, kept with { Signing = [NewSigningKey(), .. kept.Signing.Select(key => key with { ReplacedAt = key.ReplacedAt ?? now.UnixMilliseconds })] });
        File.Move(fresh, path, overwrite: true);
        return Open(directory);
    }

    /// <summary>True once all that the hub signed with a key are over: whoever stole it goes on signing. A key that is none of these counts as retired.</summary>
    public bool IsRetired(string kid, Instant now) =>
        Signing.FirstOrDefault(key => key.Kid == kid) is not { } key || (key.ReplacedAt is { } at && at + IdentityTokens.LongestLifetime <= now);

    /// <summary>A keyed digest over a purpose and its parts, 32 bytes. Equal only for the same purpose and the same parts.</summary>
    public byte[] Mac(string purpose, params ReadOnlySpan<string> parts)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        Append(hmac, purpose);
        foreach (var part in parts) Append(hmac, part);
        return hmac.GetHashAndReset();
    }

    /// <summary>A key of its own for one purpose, 32 bytes.</summary>
    public byte[] DeriveKey(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, SecretBytes, info: Encoding.UTF8.GetBytes(purpose));

    /// <summary>With its length before it, so that no two lists of parts give the same bytes.</summary>
    private static void Append(IncrementalHash hmac, string part)
    {
        var bytes = Encoding.UTF8.GetBytes(part);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hmac.AppendData(length);
        hmac.AppendData(bytes);
    }

    /// <summary>Written beside it and then named: whoever comes first wins, and nobody ever reads half a file.</summary>
    private static void Create(string path)
    {
        var fresh = Write(path, new Kept(RandomNumberGenerator.GetBytes(SecretBytes), [NewSigningKey()]));
        // A second name for the same file, which fails where somebody else was first; a rename, even one asked not to overwrite,
        // can replace what came in between, and then two processes hold different keys.
        var linked = Link(fresh, path);
        var error = Marshal.GetLastPInvokeErrorMessage();
        File.Delete(fresh);
        if (linked != 0 && !File.Exists(path)) throw new IOException($"{path}: {error}");
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);

    private static string Write(string path, Kept kept)
    {
        var fresh = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        using var file = new FileStream(fresh, options);
        file.Write(JsonSerializer.SerializeToUtf8Bytes(kept, Format));
        file.Flush(flushToDisk: true);
        return fresh;
    }

    private static void RefuseIfOthersCanRead(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if ((File.GetUnixFileMode(path) & Others) != 0)
            throw new HubDirectoryException($"others can read {path}, so its keys may be known: chmod 600 it, or remove it and let every token end");
    }

    private static KeptKey NewSigningKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new KeptKey(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), key.ExportPkcs8PrivateKey());
    }

    private static ECDsa Import(byte[] pkcs8)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        return key;
    }

    private sealed record Kept([property: JsonRequired] byte[] Secret, [property: JsonRequired] IReadOnlyList<KeptKey> Signing);

    /// <param name="ReplacedAt">Milliseconds since 1970; null for the one that signs.</param>
    private sealed record KeptKey([property: JsonRequired] string Kid, [property: JsonRequired] byte[] PrivateKey, long? ReplacedAt = null);
}

/// <summary>A key that signs identity tokens (ES256).</summary>
/// <param name="Kid">Names it in a token's header.</param>
/// <param name="ReplacedAt">When another took its place; null while it signs.</param>
public sealed record SigningKey(string Kid, ECDsa Key, Instant? ReplacedAt = null);
