namespace Stint.Samples.Mandelbrot;

/// <summary>One function that needs a GPU, as <c>@spaces.GPU</c> declares it.</summary>
/// <param name="Name">Its API name, without the slash.</param>
/// <param name="DurationSeconds">The declared duration; null when none was declared.</param>
/// <param name="Streams">Whether it is a generator that yields frames.</param>
internal sealed record GpuFunction(string Name, int? DurationSeconds, bool Streams)
{
    public static readonly GpuFunction Render = new("render", 30, Streams: false);

    public static readonly GpuFunction Zoom = new("zoom", null, Streams: true);

    /// <summary>In the order of their <c>fn_index</c>.</summary>
    public static readonly IReadOnlyList<GpuFunction> All = [Render, Zoom];

    /// <summary>What `spaces` takes from Python's <c>id()</c>: differs for each function and each start of the app.</summary>
    public long TaskId { get; } = Random.Shared.NextInt64(1L << 40, 1L << 47);
}
