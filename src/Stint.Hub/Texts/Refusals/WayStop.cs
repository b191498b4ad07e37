namespace Stint.Hub.Texts.Refusals;

/// <summary>Where a call passes on its way to a GPU, in order.</summary>
public enum Station { Caller, Gateway, Space, DeviceApi, Ledger, Gpu }

/// <summary>How far a call came.</summary>
public enum StopState
{
    Passed,
    /// <summary>It passed, and something was lost there that matters later.</summary>
    Warned,
    /// <summary>It went no further because of what is here.</summary>
    Broken,
    NotReached,
}

/// <summary>One station of a call's way with what was seen there, as a sentence.</summary>
public sealed record WayStop(Station Station, StopState State, string Seen)
{
    public string Name => Station switch
    {
        Station.Caller => "Browser or program",
        Station.Gateway => "Gateway",
        Station.Space => "Space",
        Station.DeviceApi => "Device API",
        Station.Ledger => "Ledger",
        Station.Gpu => "Queue and GPU",
    };

    /// <summary>The state in words, for whoever does not see the drawing.</summary>
    public string Standing => State switch
    {
        StopState.Passed => "passed",
        StopState.Warned => "passed, and something was lost here",
        StopState.Broken => "broken here",
        StopState.NotReached => "not reached",
    };

    /// <summary>The same as one word for the style.</summary>
    public string Word => State switch
    {
        StopState.Passed => "passed",
        StopState.Warned => "warned",
        StopState.Broken => "broken",
        StopState.NotReached => "unreached",
    };
}
