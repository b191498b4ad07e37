using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;

namespace Stint.Hub.Engine;

/// <summary>Ids made at the edge, for Core makes none: sortable by the millisecond they were made in, and not to be guessed.</summary>
public static class NewId
{
    private const string Letters = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Length = 26;

    public static ReservationId OfReservation() => new("r_" + Text());

    public static RefusalId OfRefusal() => new("f_" + Text());

    public static CreditId OfCredit() => new("c_" + Text());

    /// <summary>The same for the same key of the same administrator, so that a request sent twice grants once.</summary>
    public static CreditId OfCredit(AccountId approver, string key) =>
        new("c_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{approver}\n{key}")))[..Length]);

    /// <summary>For what a person asks of a ledger, where nothing else names it.</summary>
    public static string OfInstruction() => "i_" + Text();

    /// <summary>For what an identity token is issued for: one Gradio event, or one call from the command line.</summary>
    public static string OfEvent() => "e_" + Text();

    /// <summary>The 128 bits of a version 7 UUID, five a letter.</summary>
    private static string Text()
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7().TryWriteBytes(bytes, bigEndian: true, out _);
        var bits = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        Span<char> text = stackalloc char[Length];
        for (var i = Length - 1; i >= 0; i--, bits >>= 5) text[i] = Letters[(int)(uint)(bits & 31)];
        return new string(text);
    }
}
