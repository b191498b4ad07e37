namespace Stint.Core.Quota;

/// <summary>How a granted lease ended; it alone decides what is charged (<see cref="ExitClasses.Charges"/>).</summary>
public enum ExitClass
{
    /// <summary>The Space released it and reported success.</summary>
    Completed,
    /// <summary>The Space released it with <c>fail=true</c>: the task raised, or its worker died under the Space's eyes.</summary>
    Failed,
    /// <summary>The node saw the worker die before any release.</summary>
    WorkerDied,
    /// <summary>The visitor left or pressed stop.</summary>
    Cancelled,
    /// <summary>It ran to the declared duration and was stopped.</summary>
    Overrun,
    /// <summary>Its purses ended before the declared duration did, and it was stopped.</summary>
    OutOfFunds,
    /// <summary>No worker was named in time. The slot was held all the while, so the time held counts.</summary>
    NotAllowed,
    /// <summary>Released, or its answer lost, before any worker used it: nothing is charged.</summary>
    NotUsed,
    /// <summary>The hub ended it for a fault of its own.</summary>
    HubFault,
    /// <summary>The node was lost or the GPU failed, attested by hub or node.</summary>
    NodeFault,
}

public static class ExitClasses
{
    /// <summary>False for what the house answers for, and for leases that nobody used.</summary>
    public static bool Charges(this ExitClass exit) => exit switch
    {
        ExitClass.Completed or ExitClass.Failed or ExitClass.WorkerDied or ExitClass.Cancelled => true,
        ExitClass.Overrun or ExitClass.OutOfFunds or ExitClass.NotAllowed => true,
        ExitClass.NotUsed or ExitClass.HubFault or ExitClass.NodeFault => false,
    };

    /// <summary>True where the Space's worker ended well and may be kept for its next task.</summary>
    public static bool KeepsWorker(this ExitClass exit) => exit is ExitClass.Completed;
}
