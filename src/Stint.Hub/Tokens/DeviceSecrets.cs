using System.Buffers.Text;
using Stint.Core.Spaces;

namespace Stint.Hub.Tokens;

/// <summary>
/// The secret path of each Space at the device API: all that tells the hub which Space speaks. It is derived, never stored;
/// the next generation of a Space has another, and the one before opens nothing.
/// </summary>
public sealed class DeviceSecrets(HubKeys keys)
{
    private Table table = new(-1, []);

    /// <summary>43 letters that may stand in a path.</summary>
    public string Of(SpaceId space, int generation) => Base64Url.EncodeToString(keys.Mac("device-secret", space.ToString(), generation.ToString()));

    /// <summary>The Space this secret belongs to; null for any other text.</summary>
    /// <param name="spaces">All Spaces; read again only when <paramref name="version"/> changes.</param>
    public Space? Resolve(string secret, long version, Func<IEnumerable<Space>> spaces)
    {
        var known = table;
        if (known.Version != version)
            table = known = new(version, spaces().ToDictionary(space => Fingerprint(Of(space.Id, space.Generation))));
        // Looked up by a keyed digest of what was presented: how long it takes says nothing about how close a guess was.
        return known.SpaceOf.GetValueOrDefault(Fingerprint(secret));
    }

    private string Fingerprint(string secret) => Convert.ToHexString(keys.Mac("device-secret-lookup", secret));

    private sealed record Table(long Version, Dictionary<string, Space> SpaceOf);
}
