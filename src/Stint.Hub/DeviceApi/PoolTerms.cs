namespace Stint.Hub.DeviceApi;

/// <summary>What the device API assumes and promises where neither the Space nor the request says anything else.</summary>
public sealed record PoolTerms
{
    /// <summary>How long a task waits for a slot; the text visitors see says 60 s.</summary>
    public TimeSpan WaitLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two signs of life to whoever waits. The client looks at each whether its visitor is still there, and gives up after 60 s of silence.</summary>
    public TimeSpan PingEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What <c>wait</c> says where nobody can know when the request will fit: it hangs on runs that may end any moment.</summary>
    public TimeSpan WaitUnknown { get; init; } = TimeSpan.FromSeconds(60);
}
