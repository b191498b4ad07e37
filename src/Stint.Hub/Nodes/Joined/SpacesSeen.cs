using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Stint.Core.Identities;
using Stint.Core.Spaces;

namespace Stint.Hub.Nodes.Joined;

/// <summary>The Spaces whose calls passed through this node, by a hash of their secrets: who they are and where they are reached, as the hub said.</summary>
internal sealed class SpacesSeen
{
    private const int Remembered = 10_000;

    private readonly ConcurrentDictionary<string, Space> seen = new(StringComparer.Ordinal);

    public Space? Find(string secret) => seen.GetValueOrDefault(Key(secret));

    public void Learn(string secret, HttpResponseMessage answer)
    {
        if (!answer.Headers.TryGetValues(NodeWire.SpaceHeader, out var names) || !SpaceId.TryParse(names.First(), out var id)) return;
        var upstream = answer.Headers.TryGetValues(NodeWire.UpstreamHeader, out var addresses) && Uri.TryCreate(addresses.First(), UriKind.Absolute, out var uri) ? uri : null;
        if (seen.Count >= Remembered) seen.Clear();
        seen[Key(secret)] = new Space(id, new AccountId(id.Owner), SpaceVisibility.Private, upstream, null, null);
    }

    private static string Key(string secret) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
