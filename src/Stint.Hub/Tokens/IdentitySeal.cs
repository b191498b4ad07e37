using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Stint.Core.Identities;
using Stint.Core.Spaces;

namespace Stint.Hub.Tokens;

/// <summary>
/// Hides who pays inside a token its bearer can read: the hub alone opens it, and only for the Space and event it was closed
/// for. What the Space sees instead is a pseudonym, the same at every visit to it and another one at every other Space.
/// </summary>
internal sealed class IdentitySeal(HubKeys keys)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int PseudonymLetters = 22;

    private const int PseudonymsKept = 10_000;

    /// <summary>One for each thread: setting one up costs more than using it, and two threads cannot share one.</summary>
    private readonly ThreadLocal<AesGcm> cipher = CipherOf(keys.DeriveKey("identity-seal"));

    /// <summary>What was worked out before; it never changes. Past its bound it begins again, empty.</summary>
    private readonly ConcurrentDictionary<(IdentityId, SpaceId), string> pseudonyms = new();

    public string Close(IdentityId identity, SpaceId space, string @event)
    {
        var plain = Encoding.UTF8.GetBytes(identity.Value);
        var closed = new byte[NonceBytes + plain.Length + TagBytes];
        RandomNumberGenerator.Fill(closed.AsSpan(0, NonceBytes));
        cipher.Value!.Encrypt(closed.AsSpan(0, NonceBytes), plain, closed.AsSpan(NonceBytes, plain.Length), closed.AsSpan(NonceBytes + plain.Length), Bound(space, @event));
        return Base64Url.EncodeToString(closed);
    }

    /// <summary>Null where it was not closed by this hub for this Space and event.</summary>
    public IdentityId? Open(string text, SpaceId space, string @event)
    {
        if (!Base64Url.IsValid(text)) return null;
        var closed = Base64Url.DecodeFromChars(text);
        if (closed.Length < NonceBytes + TagBytes) return null;
        var plain = new byte[closed.Length - NonceBytes - TagBytes];
        try
        {
            cipher.Value!.Decrypt(closed.AsSpan(0, NonceBytes), closed.AsSpan(NonceBytes, plain.Length), closed.AsSpan(NonceBytes + plain.Length), plain, Bound(space, @event));
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        return new IdentityId(Encoding.UTF8.GetString(plain));
    }

    public string PseudonymOf(IdentityId identity, SpaceId space)
    {
        if (pseudonyms.TryGetValue((identity, space), out var known)) return known;
        if (pseudonyms.Count >= PseudonymsKept) pseudonyms.Clear();
        return pseudonyms[(identity, space)] = Base64Url.EncodeToString(keys.Mac("pseudonym", space.ToString(), identity.Value))[..PseudonymLetters];
    }

    private static ThreadLocal<AesGcm> CipherOf(byte[] key) => new(() => new AesGcm(key, TagBytes));

    private static byte[] Bound(SpaceId space, string @event) => Encoding.UTF8.GetBytes($"{space}\n{@event}");
}
