using System.Buffers.Binary;
using Stint.Core.Quota;

namespace Stint.Hub.Engine;

/// <summary>Ids made at the edge, for Core makes none: sortable by the millisecond they were made in, and not to be guessed.</summary>
public static class NewId
{
    private const string Letters = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Length = 26;

    public static ReservationId OfReservation() => new("r_" + Text());

    public static RefusalId OfRefusal() => new("f_" + Text());

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
