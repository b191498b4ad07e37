using System.Globalization;
using Stint.Core.Spaces;
using Stint.Hub.Tokens;

namespace Stint.Hub.Spaces;

/// <summary>
/// The variables a Space needs to lease GPUs from this hub: what <c>stint space env</c> prints and what a supervised Space is
/// started with, from the same place. They hold its device secret, so they are shown to its owner and never logged.
/// </summary>
/// <param name="Hub">How programs reach the hub.</param>
/// <param name="Device">The device API's own listener.</param>
public sealed record SpaceEnvironment(Uri Hub, Uri Device, DeviceSecrets Secrets)
{
    /// <param name="port">Where it has to listen; null where it chooses for itself.</param>
    public IReadOnlyList<KeyValuePair<string, string>> Of(Space space, SpaceFiles files, int? port)
    {
        List<KeyValuePair<string, string>> variables =
        [
            // Gradio tests for exactly "true".
            new("SPACES_ZERO_GPU", "true"),
            new("SPACES_ZERO_DEVICE_API_URL", $"{Text(Device)}/device/{Secrets.Of(space.Id, space.Generation)}"),
            // Gradio's own queue lets one call through at a time and would hide the hub's.
            new("GRADIO_DEFAULT_CONCURRENCY_LIMIT", "none"),
            new("GRADIO_ANALYTICS_ENABLED", "False"),
            new("HF_HUB_DISABLE_TELEMETRY", "1"),
            // An example cached at start has no visitor who could pay for it; cached on the first click it has one.
            new("GRADIO_CACHE_EXAMPLES", "true"),
            new("GRADIO_CACHE_MODE", "lazy"),
            new("STINT_HUB", Text(Hub)),
            // Only the gateway may reach it: whoever else does is nobody the hub has attributed.
            new("GRADIO_SERVER_NAME", "127.0.0.1"),
        ];
        // The hub knows each Space by its secret and reads no cgroup path, but a Space should not show the hub's own. One that
        // somebody else runs cannot open the hub's files, and must not be told to.
        if (space.Command is not null) variables.Add(new("ZEROGPU_PROC_SELF_CGROUP_PATH", files.Cgroup));
        if (port is { } number)
        {
            var text = number.ToString(CultureInfo.InvariantCulture);
            variables.Add(new("GRADIO_SERVER_PORT", text));
            variables.Add(new("PORT", text));
        }

        // No HF_ENDPOINT: models and data sets come from where they are, and most Spaces fetch some. One that calls Spaces of
        // this hub by name starts with HF_ENDPOINT=$STINT_HUB.
        // No SYSTEM=spaces and no SPACE_ID: Gradio would show the id in /config, and @gradio/client then sends its user's
        // access token to huggingface.co to ask for that Space. SPACE_HOST, SPACE_AUTHOR_NAME and their like are harmless
        // alone, but libraries take any of them to mean "on huggingface.co", which is not so; half a set would be a lie.
        return variables;
    }

    private static string Text(Uri address) => address.ToString().TrimEnd('/');
}
