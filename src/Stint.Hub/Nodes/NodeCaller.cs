using Stint.Core.Leasing;

namespace Stint.Hub.Nodes;

/// <summary>A request of the device API that came through a node: which one, and what it saw of the pid that is named.</summary>
/// <param name="Worker">Null where the call names none.</param>
public sealed record NodeCaller(string Name, WorkerProcess? Worker)
{
    /// <summary>Null where the Space called the hub's own device listener.</summary>
    public static NodeCaller? Of(HttpContext context) => context.Features.Get<NodeCaller>();
}

/// <summary>What answers a call of the device API, wherever it came in.</summary>
public delegate Task DeviceCalls(HttpContext context);
