using System.Collections.Concurrent;
using Stint.Core.Identities;

namespace Stint.Hub.Doctor;

/// <summary>An examination reads much, and anyone may ask for one: so many in a while from one network, and no more.</summary>
internal sealed class DoctorThrottle(TimeProvider time)
{
    private const int Most = 60;
    private const int MostNetworks = 20_000;
    private static readonly TimeSpan Span = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<IdentityId, (long Since, int Count)> asked = new();

    public bool Enter(HttpContext context)
    {
        if (asked.Count >= MostNetworks) asked.Clear();
        var now = time.GetTimestamp();
        return asked.AddOrUpdate(
            RequestIdentity.OfNetwork(context.Connection.RemoteIpAddress), _ => (now, 1),
            (_, before) => time.GetElapsedTime(before.Since, now) > Span ? (now, 1) : (before.Since, before.Count + 1)).Count <= Most;
    }
}
