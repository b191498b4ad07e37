using System.Text.Json.Serialization;
using Stint.Core.Identities;

namespace Stint.Core.Spaces;

[JsonConverter(typeof(JsonStringEnumConverter<SpaceVisibility>))]
public enum SpaceVisibility
{
    /// <summary>Anyone, signed in or not.</summary>
    Public,
    /// <summary>Anyone who is signed in.</summary>
    Members,
    /// <summary>Its owner and administrators.</summary>
    Private,
}

/// <summary>A hosted app. It is either reached at an upstream somebody else runs, or started and supervised by the hub.</summary>
/// <param name="Upstream">Where it is reached, for a Space somebody else runs.</param>
/// <param name="Command">What the hub starts, for a Space of its own; run by <c>/bin/sh -c</c> in <paramref name="Directory"/>.</param>
/// <param name="Generation">Counts rotations of the device secret; an older secret opens nothing.</param>
/// <param name="Concurrency">Leases it may hold at once; null where it has no limit of its own.</param>
/// <param name="Strict">Its tasks ask for their declared duration and nothing less.</param>
/// <param name="WaitLimitSeconds">How long a task waits for a slot; null means the device API's 60 s.</param>
/// <param name="PassesAuthorization">It is shown an <c>Authorization</c> header that is none of the hub's: it signs people in by itself.</param>
/// <param name="Drains">A visitor who leaves lets a run that has begun end by itself; otherwise the run is stopped.</param>
/// <param name="Sponsor">The sponsor pool that pays here where a visitor's own purses end; null where none does.</param>
/// <param name="Settings">Counts changes of its secrets and variables: each starts it anew.</param>
/// <param name="SleepAfterSeconds">How long nobody uses it before it sleeps; 0 means never, null the hub's own rule.</param>
/// <param name="MemoryMebibytes">The memory that all its processes may use together; null for no limit.</param>
/// <param name="Processes">How many processes and threads it may have; null for no limit.</param>
public sealed record Space(
    SpaceId Id, AccountId Owner, SpaceVisibility Visibility, Uri? Upstream, string? Command, string? Directory,
    int Generation = 1, int? Concurrency = null, bool Strict = false, int? WaitLimitSeconds = null,
    bool PassesAuthorization = false, bool Drains = false, string? Sponsor = null,
    int Settings = 0, int? SleepAfterSeconds = null, int? MemoryMebibytes = null, int? Processes = null);
