using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Stint.Samples.Mandelbrot.Gpu;

/// <summary>The token a gateway put on the visitor's request. Opaque here, but for one claim that is shown.</summary>
internal static class IdentityToken
{
    public const string Header = "X-IP-Token";

    /// <summary>The <c>error</c> claim: why the gateway could not recognise the visitor. Null if there is none to read.</summary>
    public static string? ErrorIn(string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3)
        {
            return null;
        }

        try
        {
            var json = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1]));
            using var claims = JsonDocument.Parse(json);
            return claims.RootElement.ValueKind == JsonValueKind.Object
                && claims.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.String
                    ? error.GetString()
                    : null;
        }
        catch (Exception broken) when (broken is FormatException or JsonException)
        {
            // The token is not ours to judge: the hub will, when it is asked for a GPU.
            return null;
        }
    }
}
