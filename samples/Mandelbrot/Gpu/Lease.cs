namespace Stint.Samples.Mandelbrot.Gpu;

/// <summary>A granted GPU. <c>Idle</c> says that the worker of an earlier run is still attached to it.</summary>
internal sealed record Lease(bool Idle, int NvidiaIndex, string NvidiaUUID, string AllowToken);

/// <summary>One call of a GPU function, with the visitor's identity token exactly as it came.</summary>
internal sealed record LeaseRequest(GpuFunction Function, string? Token);

/// <summary>What a 429 answer says: seconds left, and the wait until there is more; a negative wait means never.</summary>
internal sealed record QuotaLeft(long Left, TimeSpan Wait);
