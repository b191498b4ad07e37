using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Stint.Hub.Tokens;

/// <summary>
/// SHA-256 of a secret, by which the store knows it and memory may: nothing that is kept opens anything. No salt is needed,
/// for such secrets are random, not chosen.
/// </summary>
internal readonly record struct SecretHash(ulong A, ulong B, ulong C, ulong D)
{
    private const int LongestOnStack = 512;

    public static SecretHash Of(string secret)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> bytes = stackalloc byte[LongestOnStack];
        if (Encoding.UTF8.TryGetBytes(secret, bytes, out var length)) SHA256.HashData(bytes[..length], digest);
        else SHA256.HashData(Encoding.UTF8.GetBytes(secret), digest);
        return new(At(digest, 0), At(digest, 1), At(digest, 2), At(digest, 3));
    }

    public byte[] ToBytes()
    {
        var digest = new byte[SHA256.HashSizeInBytes];
        foreach (var (place, part) in new[] { A, B, C, D }.Index()) BinaryPrimitives.WriteUInt64BigEndian(digest.AsSpan(place * sizeof(ulong)), part);
        return digest;
    }

    private static ulong At(ReadOnlySpan<byte> digest, int place) => BinaryPrimitives.ReadUInt64BigEndian(digest[(place * sizeof(ulong))..]);
}
