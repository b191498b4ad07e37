using System.Security.Cryptography;
using System.Text;

namespace Stint.Hub.Tokens.Sealing;

/// <summary>Text as it is kept on the disk: encrypted, and bound to what it is about, so that a copy of the data file alone tells nothing and no two can be swapped.</summary>
/// <param name="key">32 bytes, derived from the hub's secret for one purpose.</param>
public sealed class SealedText(byte[] key)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    public byte[] Seal(string text, string about)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var kept = new byte[NonceBytes + plain.Length + TagBytes];
        RandomNumberGenerator.Fill(kept.AsSpan(0, NonceBytes));
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Encrypt(kept.AsSpan(0, NonceBytes), plain, kept.AsSpan(NonceBytes, plain.Length), kept.AsSpan(NonceBytes + plain.Length), Encoding.UTF8.GetBytes(about));
        return kept;
    }

    /// <summary>Null where it was sealed with another key, about something else, or was changed since.</summary>
    public string? Open(byte[] kept, string about)
    {
        if (kept.Length < NonceBytes + TagBytes) return null;
        var plain = new byte[kept.Length - NonceBytes - TagBytes];
        try
        {
            using var cipher = new AesGcm(key, TagBytes);
            cipher.Decrypt(kept.AsSpan(0, NonceBytes), kept.AsSpan(NonceBytes, plain.Length), kept.AsSpan(NonceBytes + plain.Length), plain, Encoding.UTF8.GetBytes(about));
            return Encoding.UTF8.GetString(plain);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
