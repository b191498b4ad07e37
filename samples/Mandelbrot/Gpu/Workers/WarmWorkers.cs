using System.Collections.Concurrent;

namespace Stint.Samples.Mandelbrot.Gpu.Workers;

/// <summary>
/// Workers that ended their task well and wait for the next one: at most one for each function and device. Only
/// the platform knows whether such a worker still holds its device, so its word (<c>idle</c>) decides on reuse.
/// </summary>
internal sealed class WarmWorkers : IDisposable
{
    private const int Most = 16;

    private readonly ConcurrentDictionary<(GpuFunction Function, int NvidiaIndex), Worker> _workers = new();

    /// <summary>The worker to use again, or null if a new one has to be started.</summary>
    public Worker? Take(GpuFunction function, Lease lease)
    {
        if (!_workers.TryRemove((function, lease.NvidiaIndex), out var worker))
        {
            return null;
        }

        if (lease.Idle && worker.IsAlive)
        {
            return worker;
        }

        worker.Dispose();
        return null;
    }

    public void Keep(GpuFunction function, Lease lease, Worker worker)
    {
        if (_workers.Count >= Most || !_workers.TryAdd((function, lease.NvidiaIndex), worker))
        {
            worker.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var worker in _workers.Values)
        {
            worker.Dispose();
        }
    }
}
