using System.Diagnostics;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Nodes;

/// <summary>A test that makes namespaces of its own; skipped, with the reason, where it may not.</summary>
internal sealed class NamespaceFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Missing = new(Find);

    public NamespaceFactAttribute() => Skip = Checkout.WhyNoClients ?? Missing.Value;

    private static string? Find()
    {
        if (!Environment.IsPrivilegedProcess) return "making network and pid namespaces takes root";
        if (Try("unshare", "-p", "-f", "--mount-proc", "true") is { } pids) return pids;
        const string Probe = "stint-probe";
        if (Try("ip", "netns", "add", Probe) is { } network) return network;
        var cable = Try("ip", "link", "add", Probe, "type", "veth", "peer", "name", "eth-probe", "netns", Probe);
        _ = Try("ip", "link", "del", Probe);
        _ = Try("ip", "netns", "del", Probe);
        return cable;
    }

    private static string? Try(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{program} {string.Join(' ', arguments)} does not work here: {error.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"{program} is not here: {e.Message}";
        }
    }
}
