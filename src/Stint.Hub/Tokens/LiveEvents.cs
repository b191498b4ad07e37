using System.Security.Cryptography;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Tokens;

/// <summary>
/// The events that identity tokens are for: live → over, 60 s after the event completed or its visitor left, or as soon as
/// the event that called it is over. Kept in memory; what a hub before a restart had issued is taken for live for ten
/// minutes more, for nobody can tell. An event of this hub that is not known any more is over.
/// </summary>
public sealed class LiveEvents(Func<Instant> clock)
{
    /// <summary>What a Space may still do in the name of an event that is over.</summary>
    public static readonly TimeSpan Lingering = TimeSpan.FromSeconds(60);

    /// <summary>How long events that a hub before this one began are believed to go on.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    /// <summary>Events of one identity that go on at once; past it the oldest is over.</summary>
    public const int MostOfIdentity = 4_000;

    public const int Most = 400_000;

    private const int MostLooked = 1_000;

    /// <summary>Names the events that a gateway watches; a token for any other lives as long as it says.</summary>
    private const string Watched = "ev_";

    private readonly Lock gate = new();
    private readonly string run = Watched + RandomNumberGenerator.GetHexString(10, lowercase: true) + "_";
    private readonly Instant startedAt = clock();
    private readonly Dictionary<string, LiveEvent> known = [];
    private readonly Dictionary<(SpaceId, string), LiveEvent> byWireId = [];
    private readonly Dictionary<IdentityId, LinkedList<LiveEvent>> byIdentity = [];
    private readonly Dictionary<ReservationId, LiveEvent> byReservation = [];

    /// <summary>Events that go on and for which no GPU time was ever reserved.</summary>
    private readonly Dictionary<SpaceId, HashSet<LiveEvent>> empty = [];
    private readonly Queue<LiveEvent> ended = new();
    private long last;

    /// <summary>A new event, live from here on.</summary>
    /// <param name="parent">The event in whose name another Space calls; with it this one is over too.</param>
    public LiveEvent Begin(SpaceId space, IdentityId identity, string? parent = null)
    {
        lock (gate)
        {
            Forget();
            var begun = new LiveEvent($"{run}{++last:x}", space, identity, parent) { BeganAt = clock() };
            known.Add(begun.Id, begun);
            if (!byIdentity.TryGetValue(identity, out var own)) byIdentity[identity] = own = new();
            begun.Place = own.AddLast(begun);
            if (!empty.TryGetValue(space, out var here)) empty[space] = here = [];
            here.Add(begun);
            if (own.Count > MostOfIdentity) Remove(own.First!.Value);
            return begun;
        }
    }

    /// <summary>The Space's own name for an event, by which its streams speak of it.</summary>
    public void Name(LiveEvent live, string wireId)
    {
        lock (gate)
        {
            if (!known.ContainsKey(live.Id)) return;
            live.WireId = wireId;
            byWireId[(live.Space, wireId)] = live;
        }
    }

    public LiveEvent? OfWire(SpaceId space, string wireId)
    {
        lock (gate) return byWireId.GetValueOrDefault((space, wireId));
    }

    /// <summary>The browser that an anonymous visitor's event came from; null where it did not say, and for everyone else's.</summary>
    public string? DeviceOf(string id)
    {
        lock (gate) return known.GetValueOrDefault(id)?.Device;
    }

    public string? EndpointOf(string id)
    {
        lock (gate) return known.GetValueOrDefault(id)?.Endpoint;
    }

    /// <summary>True while an event goes on that holds for <paramref name="which"/>. Looks at the latest only: for counting, not for deciding.</summary>
    public bool IsAny(Func<LiveEvent, bool> which)
    {
        lock (gate) return known.Values.Reverse().Take(MostLooked).Any(live => live.EndedAt is null && which(live));
    }

    /// <summary>The events of one Gradio session at a Space that have not ended.</summary>
    public IReadOnlyList<LiveEvent> OfSession(SpaceId space, IdentityId identity, string session)
    {
        lock (gate)
            return byIdentity.TryGetValue(identity, out var own) ? [.. own.Where(live => live.Space == space && live.Session == session && live.EndedAt is null)] : [];
    }

    /// <summary>Completed, or its visitor left: its token holds for <see cref="Lingering"/> more. What it leases or waits for is returned.</summary>
    public IReadOnlyList<ReservationId> End(LiveEvent live)
    {
        lock (gate)
        {
            if (live.EndedAt is null && known.ContainsKey(live.Id))
            {
                live.EndedAt = clock();
                ended.Enqueue(live);
                NotEmpty(live);
            }

            return [.. live.Reservations];
        }
    }

    public bool IsOver(string id, Instant now)
    {
        lock (gate)
            // A parent may have a parent in turn; more hops than that are never issued.
            for (var hops = 0; ; hops++)
            {
                if (!id.StartsWith(run, StringComparison.Ordinal)) return id.StartsWith(Watched, StringComparison.Ordinal) && now >= startedAt + Grace;
                if (hops > Recognition.MostHops || !known.TryGetValue(id, out var live) || (live.EndedAt is { } end && end + Lingering <= now)) return true;
                if (live.Parent is not { } parent) return false;
                id = parent;
            }
    }

    /// <summary>GPU time was reserved in an event: a refusal before it was not what the event came to.</summary>
    /// <returns>True where its visitor had left before, so that nobody waits for it.</returns>
    public bool Reserved(string id, ReservationId reservation)
    {
        lock (gate)
        {
            if (!known.TryGetValue(id, out var live)) return false;
            live.Refusal = null;
            live.Unclaimed = null;
            NotEmpty(live);
            live.Reservations.Add(reservation);
            byReservation[reservation] = live;
            return live.HasLeft;
        }
    }

    public void Ended(ReservationId reservation)
    {
        lock (gate)
            if (byReservation.Remove(reservation, out var live)) live.Reservations.Remove(reservation);
    }

    public void Refused(string id, Refusal refusal)
    {
        lock (gate)
            if (known.TryGetValue(id, out var live)) live.Refusal = refusal;
    }

    /// <summary>
    /// A call of a Space was refused that named no event. Where only one event goes on there in which nothing was reserved, it is
    /// the only one it can have been made for; where there are more, nobody can tell, and it is none's.
    /// </summary>
    public void RefusedToNobody(SpaceId space, Refusal refusal)
    {
        lock (gate)
            if (empty.TryGetValue(space, out var here) && here.Count == 1) here.First().Unclaimed = refusal;
    }

    private void NotEmpty(LiveEvent live)
    {
        if (empty.TryGetValue(live.Space, out var here) && here.Remove(live) && here.Count == 0) empty.Remove(live.Space);
    }

    private void Forget()
    {
        var now = clock();
        while (ended.TryPeek(out var oldest) && oldest.EndedAt!.Value + Lingering <= now) Remove(ended.Dequeue());
        if (known.Count >= Most) Remove(known.Values.First());
    }

    private void Remove(LiveEvent live)
    {
        if (!known.Remove(live.Id)) return;
        NotEmpty(live);
        live.EndedAt ??= clock() - Lingering;
        if (live.WireId is { } wireId) byWireId.Remove((live.Space, wireId));
        foreach (var reservation in live.Reservations) byReservation.Remove(reservation);
        var own = byIdentity[live.Identity];
        own.Remove(live.Place!);
        if (own.Count == 0) byIdentity.Remove(live.Identity);
    }
}

/// <summary>One event of a Space in a visitor's name. Changed by <see cref="LiveEvents"/> alone.</summary>
public sealed class LiveEvent(string id, SpaceId space, IdentityId identity, string? parent)
{
    /// <summary>What its identity token carries.</summary>
    public string Id { get; } = id;

    public SpaceId Space { get; } = space;
    public IdentityId Identity { get; } = identity;
    public string? Parent { get; } = parent;

    /// <summary>The Gradio session it was sent in; null where it was sent in none.</summary>
    public string? Session { get; set; }

    /// <summary>What it turned out to be for after its token was issued; null where the token says it, or nothing does.</summary>
    public string? Endpoint { get; set; }

    /// <summary>True where its visitor went away, and the Space does not drain.</summary>
    public bool HasLeft { get; set; }

    /// <summary>The last refusal in it that no reservation followed: what a failing event came to.</summary>
    public Refusal? Refusal { get; internal set; }

    /// <summary>The last refusal of its Space's that named no event, while this was the only one it can have been made for. Nobody's proof, and no one is counted by it.</summary>
    public Refusal? Unclaimed { get; internal set; }

    public Instant BeganAt { get; internal init; }

    /// <summary>What tells an anonymous visitor's browser from others of its network; null where nothing does.</summary>
    public string? Device { get; set; }

    internal string? WireId { get; set; }
    internal Instant? EndedAt { get; set; }
    internal HashSet<ReservationId> Reservations { get; } = [];
    internal LinkedListNode<LiveEvent>? Place { get; set; }
}
