using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Tokens;

/// <summary>
/// What a Space is handed with a lease and names it by from then on (<c>allowToken</c>): the reservation's id and proof that
/// this hub gave it to this Space. Nothing is stored, so it holds over restarts.
/// </summary>
public sealed class AllowTokens(HubKeys keys)
{
    private const int LongestToken = 256;
    private const int ProofLetters = 32;

    public string Of(ReservationId reservation, SpaceId space) => $"{reservation}.{Proof(reservation.Value, space)}";

    public bool TryRead(string? token, SpaceId space, [NotNullWhen(true)] out ReservationId? reservation)
    {
        reservation = null;
        if (token is not { Length: <= LongestToken } || token.LastIndexOf('.') is not (> 0 and var dot)) return false;
        var id = token[..dot];
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token[(dot + 1)..]), Encoding.UTF8.GetBytes(Proof(id, space)))) return false;
        reservation = new(id);
        return true;
    }

    private string Proof(string id, SpaceId space) => Base64Url.EncodeToString(keys.Mac("allow-token", space.ToString(), id))[..ProofLetters];
}
