using System.Security.Cryptography;
using System.Text;

namespace Stint.Core.Identities;

/// <summary>What a text looks like that was offered as an access token, told by its letters alone.</summary>
public enum AccessTokenOrigin
{
    /// <summary>This hub made it: its checksum is right. Whether it still opens anything only the store knows.</summary>
    Ours,
    /// <summary>A whole token of another hub or of huggingface.co: a live secret of someone, never to be stored, logged or forwarded.</summary>
    Foreign,
    /// <summary>Begins as a token but is none: mistyped, cut short or with letters that no token has.</summary>
    Malformed,
    /// <summary>Nothing like a token.</summary>
    NotAToken,
}

/// <summary>
/// The text of an access token: <c>hf_</c> and 34 letters, the form clients and secret scanners know. The first 4 letters
/// mark the hub that made it, 24 are random, and the last 6 are a checksum under that hub's key; so a token of another hub,
/// and a mistyped one of ours, are told apart from ours without a look-up.
/// </summary>
public static class AccessToken
{
    public const string Prefix = "hf_";

    /// <summary>Random bytes that <see cref="Create"/> takes: one a letter. The letters hold over 136 bits of them.</summary>
    public const int RandomBytes = 24;

    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int MarkLength = 4;
    private const int ChecksumLength = 6;
    private const int Length = 34;
    private const int LeastForeignLength = 30;
    private const int MostForeignLength = 4096;

    /// <summary>Prefixes under which huggingface.co hands out secrets.</summary>
    private static readonly string[] ForeignPrefixes = [Prefix, "api_org"];

    /// <param name="random"><see cref="RandomBytes"/> bytes that nobody can guess.</param>
    /// <param name="hubKey">This hub's secret; whoever has it can make texts that look like tokens, but none that the store knows.</param>
    /// <exception cref="ArgumentException">When there are more or fewer random bytes.</exception>
    public static string Create(ReadOnlySpan<byte> random, ReadOnlySpan<byte> hubKey)
    {
        if (random.Length != RandomBytes) throw new ArgumentException($"a token is made of {RandomBytes} random bytes, got {random.Length}", nameof(random));
        var body = new StringBuilder(Mark(hubKey));
        // 256 is no multiple of 52, so 48 of 52 letters are a little likelier: that costs a fraction of a bit each.
        foreach (var value in random) body.Append(Letters[value % Letters.Length]);
        return $"{Prefix}{body}{Checksum(body.ToString(), hubKey)}";
    }

    public static AccessTokenOrigin Recognise(string text, ReadOnlySpan<byte> hubKey)
    {
        if (!ForeignPrefixes.Any(prefix => text.StartsWith(prefix, StringComparison.Ordinal))) return AccessTokenOrigin.NotAToken;
        var rest = text.AsSpan(Math.Min(Prefix.Length, text.Length));
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || !rest.StartsWith(Mark(hubKey), StringComparison.Ordinal))
            return IsWhole(text) ? AccessTokenOrigin.Foreign : AccessTokenOrigin.Malformed;
        if (rest.Length != Length) return AccessTokenOrigin.Malformed;
        return rest[^ChecksumLength..].SequenceEqual(Checksum(rest[..^ChecksumLength].ToString(), hubKey)) ? AccessTokenOrigin.Ours : AccessTokenOrigin.Malformed;
    }

    /// <summary>What a store keeps in place of the token. No salt is needed: a token is random, not chosen.</summary>
    public static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>Long enough, and of the letters that tokens of any hub have (OAuth and JWT forms have dots, hyphens and underscores).</summary>
    private static bool IsWhole(string text) =>
        text.Length is >= LeastForeignLength and <= MostForeignLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    private static string Mark(ReadOnlySpan<byte> hubKey) => Spell("stint access token: hub", hubKey, MarkLength);

    private static string Checksum(string body, ReadOnlySpan<byte> hubKey) => Spell("stint access token: checksum\n" + body, hubKey, ChecksumLength);

    private static string Spell(string text, ReadOnlySpan<byte> hubKey, int length)
    {
        var number = 0UL;
        foreach (var value in HMACSHA256.HashData(hubKey, Encoding.UTF8.GetBytes(text)).AsSpan(0, 8)) number = (number << 8) | value;
        var spelled = new char[length];
        for (var i = 0; i < length; i++, number /= (ulong)Letters.Length) spelled[i] = Letters[(int)(number % (ulong)Letters.Length)];
        return new string(spelled);
    }
}
