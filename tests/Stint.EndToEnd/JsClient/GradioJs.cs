using System.Diagnostics;
using System.Text.Json;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.JsClient;

/// <summary>The real <c>@gradio/client</c> in a Node process of its own, one call each.</summary>
internal static class GradioJs
{
    public static string Modules { get; } = Path.Combine(Checkout.Root, "artifacts/clients/js");

    /// <summary>Why it cannot run here; null where it can.</summary>
    public static string? WhyNot { get; } =
        !Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "node"))) ? "no node here: install nodejs and npm"
        : !Directory.Exists(Path.Combine(Modules, "node_modules/@gradio/client")) ? "no @gradio/client here: ./stint test e2e installs it with npm"
        : null;

    /// <param name="target">A Space's address, or its id.</param>
    /// <param name="token">Handed to the client as its option; null for none.</param>
    public static async Task<GradioJsAnswer> CallAsync(HubProcess hub, string target, string? token, string endpoint, object[] inputs)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(Checkout.Clients, "js/call.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var node = Process.Start(start)!;
        var (output, error) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.StandardInput.WriteAsync(JsonSerializer.Serialize(
            new { target, token, endpoint, inputs, modules = Modules, hub = $"http://127.0.0.1:{hub.Port}" }));
        node.StandardInput.Close();
        try
        {
            await node.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            node.Kill();
            throw;
        }

        var said = await output;
        Assert.True(said.Length > 0, $"the client said nothing: {await error}");
        return JsonSerializer.Deserialize<GradioJsAnswer>(said, JsonSerializerOptions.Web)!;
    }
}

/// <param name="Error">The text of the error that the client threw, as its user sees it.</param>
/// <param name="Asked">The paths it asked for, in order.</param>
internal sealed record GradioJsAnswer(bool Succeeded, string? Error, JsonElement? Output, IReadOnlyList<string> Asked);

/// <summary>A table of tests with the real JavaScript client; skipped, with the reason, where it is missing.</summary>
internal sealed class GradioJsTheoryAttribute : TheoryAttribute
{
    public GradioJsTheoryAttribute() => Skip = GradioJs.WhyNot;
}
