using Stint.Core.Quota;

namespace Stint.Core.Leasing.Decisions;

/// <summary>What a node brings when it comes, and what the pool does with what it finds after a restart.</summary>
public static class Nodes
{
    public static void Join(Books books, JoinSlots command, Instant now)
    {
        foreach (var offered in command.Slots)
            if (!books.Pool.Slots.TryGetValue(offered.Id, out var known) || (known.Phase == SlotPhase.Free && !SameDevice(known, offered)))
                books.Record(new SlotJoined(now, offered));
        var gone = books.Pool.Slots.Values
            .Where(slot => slot.Node == command.Node && slot.Phase == SlotPhase.Free && command.Slots.All(offered => offered.Id != slot.Id));
        foreach (var slot in gone.ToList()) books.Record(new SlotLeft(now, slot.Id));
    }

    /// <summary>
    /// Nobody waits any more: the connections of all tickets are gone. A lease whose worker lives goes on, without the time
    /// in which the hub was down; one whose worker is gone is settled to the last evidence; one that never had a worker is
    /// void, for the fault is the hub's.
    /// </summary>
    public static void Resume(Books books, ResumeLeases command, Instant now)
    {
        foreach (var reservation in books.Open.OrderBy(open => open.Id).ToList())
            switch (reservation.Lease)
            {
                case null: Ends.Leave(books, reservation, ReservationPhase.Voided, EndingCauses.HubRestarted, now); break;
                case { Worker: null }: Ends.End(books, reservation, ExitClass.HubFault, now); break;
                case { Worker: { } worker } lease when command.Alive.Contains(worker):
                    var downSince = Instant.Max(command.LastEvidence, lease.GrantedAt);
                    if (now > downSince) books.Record(new DowntimeForgiven(now, reservation.Identity, reservation.Id, now - downSince));
                    break;
                case { } lease:
                    var deadline = books.Agenda.DueAt(reservation.Id) ?? now;
                    var evidence = Instant.Max(command.LastEvidence, lease.AllowedAt ?? lease.GrantedAt);
                    Ends.End(books, reservation, ExitClass.WorkerDied, Instant.Min(evidence, deadline));
                    break;
            }

        foreach (var slot in books.Pool.Slots.Values.ToList())
            if (slot.Leaving is { } leaving && !command.Alive.Contains(leaving)) books.Record(new SlotFreed(now, slot.Id));
            else if (slot.Phase == SlotPhase.Free && slot.Warm is { } warm && !command.Alive.Contains(warm.Process)) books.Record(new WarmWorkerGone(now, slot.Id));
    }

    private static bool SameDevice(Slot a, Slot b) =>
        a.DeviceIndex == b.DeviceIndex && a.DeviceUuid == b.DeviceUuid && a.Largest == b.Largest && a.Node == b.Node;
}
