using System.Collections.Concurrent;
using Stint.Core.Identities;

namespace Stint.Hub.Telemetry;

/// <summary>
/// What was seen of networks since the hub started: how many browsers of unknown visitors, and whether anyone is signed in
/// there. Explains to people why they are counted together; nobody is charged by it, and it names nobody.
/// </summary>
public sealed class NetworkSightings
{
    private const int MostNetworks = 20_000;

    /// <summary>More browsers than this are not told apart: they are many.</summary>
    private const int MostBrowsers = 64;

    private readonly ConcurrentDictionary<IdentityId, Sighting> seen = new();

    public (int Browsers, bool SignedIn) Of(IdentityId network) => seen.TryGetValue(network, out var known) ? (known.Browsers.Count, known.SignedIn) : (0, false);

    /// <param name="mark">What tells this browser from others, as the gateway made it.</param>
    public void Visited(IdentityId network, string mark)
    {
        var known = Known(network).Browsers;
        if (known.Count < MostBrowsers) known.TryAdd(mark, true);
    }

    public void WasSignedIn(IdentityId network) => Known(network).SignedIn = true;

    private Sighting Known(IdentityId network)
    {
        if (seen.Count >= MostNetworks && !seen.ContainsKey(network)) seen.Clear();
        return seen.GetOrAdd(network, _ => new Sighting());
    }

    private sealed class Sighting
    {
        public ConcurrentDictionary<string, bool> Browsers { get; } = new(StringComparer.Ordinal);

        public bool SignedIn { get; set; }
    }
}
