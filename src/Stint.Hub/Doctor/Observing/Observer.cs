using Stint.Core.Identities;
using Stint.Core.Leasing.Decisions;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Store;
using Stint.Hub.Telemetry;
using Stint.Hub.Texts;

namespace Stint.Hub.Doctor.Observing;

/// <summary>
/// Looks at one visitor's way from the hub's side, and puts beside it what the caller saw. Reads only. What it tells of a
/// Space or a purse is what the caller could see anyway; what only the operator may know is left out for everyone else.
/// </summary>
internal sealed class Observer(
    RequestEvidence evidence, HubLook hub, AppProbe probe, Catalogue catalogue, LedgerReads reads, LedgerClock clock, SpaceActivity activity, TypicalRuns typicals,
    NetworkSightings sightings, SpaceAddress addressOf, SpaceUpstream upstreamOf)
{
    private const int MostEntries = 10;
    private const int MostRefusals = 5;

    /// <summary>As long as the device API lets a call wait that asks for nothing else.</summary>
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(60);

    /// <param name="space">As the caller wrote it; null where it asked about none.</param>
    public async Task<Observations> LookAsync(HttpContext context, string? space, CallerSight? caller)
    {
        var known = evidence.Read(context);
        var account = known.Account is { } name ? catalogue.FindAccount(name) : null;
        var payer = Payer(context, known, caller);
        return new(
            await hub.LookAsync(context, account?.Role == AccountRole.Administrator).ConfigureAwait(false), known, caller,
            space is null ? null : await SpaceAsync(space, account, context.RequestAborted).ConfigureAwait(false),
            payer is { } identity ? Purse(identity) : null, Pool(payer ?? IdentityId.OfNetwork(""), space));
    }

    /// <summary>
    /// Who a run would be counted to: an account that the hub itself recognised, else the network. What the caller says that the
    /// Space's address told it opens nobody's purse.
    /// </summary>
    private static IdentityId? Payer(HttpContext context, EvidenceSight known, CallerSight? caller)
    {
        if (known.Cause is not null) return null;
        var network = RequestIdentity.OfNetwork(context.Connection.RemoteIpAddress);
        return known.Identity is { } account && caller?.Direct is not { IsAnonymous: true } ? new IdentityId(account) : network;
    }

    private async Task<SpaceSight> SpaceAsync(string name, Account? account, CancellationToken stopping)
    {
        if (!SpaceId.TryParse(name, out var id) || catalogue.FindSpace(id) is not { } space || (space.Visibility == SpaceVisibility.Private && !space.IsOpenTo(account)))
            return new(name.Length > 100 ? name[..100] : name, false, false, SpaceStage.Stopped, null, [], null, null, SpaceCounts.None);
        var reach = upstreamOf(space.Id);
        var isTheirs = account is not null && (space.Owner == account.Id || account.Role == AccountRole.Administrator);
        var app = reach.Address is { } upstream && space.IsOpenTo(account) ? await probe.AskAsync(space.Id, upstream, stopping).ConfigureAwait(false) : null;
        return new(
            space.Id.ToString(), true, space.IsOpenTo(account), reach.Stage, isTheirs ? reach.Problem : null, [], addressOf(space.Id), app, activity.Of(space.Id));
    }

    private PurseSight Purse(IdentityId identity)
    {
        var snapshot = QuotaSnapshot.Take(reads, catalogue, identity, clock.Now);
        var late = snapshot.Ledger.Deadlines().Select(run => run.Deadline).Concat(snapshot.Ledger.Queued.Select(ticket => ticket.WaitUntil))
            .Where(end => snapshot.Now - end > HubLook.EndsWithin).Order().Cast<Instant?>().FirstOrDefault();
        return new(identity.Value, snapshot.Plan.Name, snapshot.Reading, late, IsOnes(identity) ? LastRefusal(identity) : null, identity.IsAnonymous ? sightings.Of(identity).Browsers : 0)
        {
            Entries = identity.IsAnonymous ? [] : [.. reads.Receipts(identity, MostEntries).Select(EntryOf)],
            Refusals = IsOnes(identity) ? [.. reads.Refusals(identity, MostRefusals).Select(SightOf)] : [],
        };
    }

    /// <summary>A network that several browsers come from is several people, and what one of them did is no other's business.</summary>
    private bool IsOnes(IdentityId identity) => !identity.IsAnonymous || sightings.Of(identity).Browsers <= 1;

    private static EntrySight EntryOf(Receipt receipt) =>
        new(receipt.Id.Value, receipt.EndedAt.ToUtc(), receipt.Function.Space.ToString(), receipt.Charged.InSeconds(), QuotaTexts.ChargeLine(receipt));

    /// <summary>The latest, unless it is of an earlier day or a run has gone well since: then it explains nothing any more.</summary>
    private RefusalSight? LastRefusal(IdentityId identity)
    {
        if (reads.Refusals(identity, 1) is not [var refusal] || clock.Now - refusal.At > Window.Length) return null;
        if (reads.Receipts(identity, 1) is [{ Exit: ExitClass.Completed, EndedAt: var ended }] && ended > refusal.At) return null;
        return SightOf(refusal);
    }

    private static RefusalSight SightOf(Refusal refusal)
    {
        var main = refusal.Main;
        return new(
            refusal.Id, refusal.At, RefusalTexts.Code(main.Cause), RefusalTexts.Title(main.Cause),
            RefusalTexts.Sentence(main, refusal.Function, refusal.Declared, refusal.Reading), RefusalTexts.Advice(main, refusal.Identity), refusal.RetryAt);
    }

    /// <summary>What a run like those that the Space usually has would wait, by the forecast that tickets and quotes are told by.</summary>
    private PoolSight Pool(IdentityId identity, string? name)
    {
        var pool = reads.Pool(identity, PoolReading.MostOpen);
        var space = SpaceId.TryParse(name, out var id) ? catalogue.FindSpace(id) : null;
        var waits = new UsualWaits(pool, QuotaSnapshot.Take(reads, catalogue, identity, clock.Now));
        var slots = pool.Slots;
        return new(
            slots.Count, slots.Count(slot => slot.Phase == SlotPhase.Free), slots.Count(slot => slot.Phase == SlotPhase.Quarantined),
            [.. slots.Where(slot => slot.Lost is not null).Select(slot => slot.Node).Distinct().Order(StringComparer.Ordinal)],
            slots.Any(slot => slot.Fits(SlotSize.XLarge)), pool.Waiting, Limits.WaitingPerPool, waits.Of(space, space is null ? null : typicals.Of(space.Id)), WaitLimit);
    }
}
