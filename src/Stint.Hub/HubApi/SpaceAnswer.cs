using Stint.Core.Spaces;

namespace Stint.Hub.HubApi;

/// <summary>A Space as <c>gradio_client</c> and <c>huggingface_hub</c> read it.</summary>
/// <param name="Host">Its own origin; null while it has none.</param>
public sealed record SpaceAnswer(
    string Id, string Author, bool Private, bool Gated, bool Disabled, string Sdk, string? Host, string Subdomain, RuntimeAnswer Runtime, int Likes,
    IReadOnlyList<string> Siblings, IReadOnlyList<string> Tags)
{
    internal static SpaceAnswer Of(Space space, SpaceReach reach, Uri? address) => new(
        space.Id.ToString(), space.Id.Owner, space.Visibility != SpaceVisibility.Public, false, false, "gradio", HostAnswer.Origin(address), space.Id.Subdomain,
        RuntimeAnswer.Of(reach), 0, [], []);
}

/// <summary>How a Space does.</summary>
/// <param name="GcTimeout">Seconds without visitors after which it would sleep; null, for it never does.</param>
/// <param name="ErrorMessage">What is wrong with it; null when nothing is.</param>
public sealed record RuntimeAnswer(string Stage, HardwareAnswer Hardware, int? GcTimeout, ReplicasAnswer Replicas, bool DevMode, string? ErrorMessage)
{
    internal static RuntimeAnswer Of(SpaceReach reach) =>
        new(reach.Stage.Name(), new(HardwareAnswer.ZeroGpu, HardwareAnswer.ZeroGpu), null, new(1, 1), false, reach.Stage == SpaceStage.RuntimeError ? SpaceApi.DoesNotAnswer : null);
}

/// <summary>Every Space shares the pool, which clients know by this name.</summary>
public sealed record HardwareAnswer(string Current, string Requested)
{
    public const string ZeroGpu = "zero-a10g";
}

public sealed record ReplicasAnswer(int Current, int Requested);

/// <summary>Where a Space is reached.</summary>
public sealed record HostAnswer(string Host, string Subdomain)
{
    internal static string? Origin(Uri? address) => address?.GetLeftPart(UriPartial.Authority);
}

/// <summary>What a status check reads.</summary>
public sealed record StatusAnswer(string Id, StageAnswer Runtime);

public sealed record StageAnswer(string Stage);

/// <summary>A token by which its holder is recognised at one Space.</summary>
/// <param name="AccessToken">The same as a header's value.</param>
/// <param name="Exp">Seconds since 1970 at which it is worth nothing.</param>
public sealed record SpaceTokenAnswer(string Token, string AccessToken, long Exp);
