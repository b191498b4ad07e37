using System.Diagnostics;
using Xunit;

namespace Stint.EndToEnd.Harness;

/// <summary>Where things are: the checkout these tests were built from, the built program, and the recordings beside it.</summary>
internal static class Checkout
{
    public const string Python = "/usr/bin/python3";

    private static readonly Lazy<string?> MissingClients = new(FindMissingClients);

    public static string Root { get; } = FindRoot();

    public static string Program => Path.Combine(Root, "artifacts/bin/Stint.Hub/release/stint.dll");

    public static string Clients => Path.Combine(Root, "tests/Stint.EndToEnd/Clients");

    /// <summary>What the real package sent to a device API, one request a line.</summary>
    public static string Recording => Recorded("spaces-v4-device-api");

    /// <summary>A recording of real traffic, by its name.</summary>
    public static string Recorded(string name) => Path.Combine(Shared, "conformance", name + ".jsonl");

    private static string Shared =>
        Environment.GetEnvironmentVariable("STINT_SHARED") is { Length: > 0 } named ? named : Path.GetFullPath(Path.Combine(Root, "../shared"));

    /// <summary>Why the tests with real clients cannot run here; null where they can.</summary>
    public static string? WhyNoClients => MissingClients.Value;

    public static string? WhyNoRecording => WhyNoClients
        ?? (File.Exists(Recording) ? null : $"no recording at {Recording}: lay the shared material beside the checkout, or name its folder in STINT_SHARED");

    private static string? FindMissingClients()
    {
        if (!File.Exists(Python)) return $"no {Python} here: install python3 and python3-httpx";
        var start = new ProcessStartInfo(Python, ["-c", "import httpx"]) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"{Python} has no httpx: install python3-httpx";
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Stint.slnx"))) return folder.FullName;
        throw new InvalidOperationException("these tests run from a checkout of Stint");
    }
}

/// <summary>A test with Debian's Python and httpx as the client; skipped, with the reason, where they are missing.</summary>
internal sealed class ClientFactAttribute : FactAttribute
{
    public ClientFactAttribute() => Skip = Checkout.WhyNoClients;
}

/// <summary>A test that replays a recording of real traffic; skipped, with the reason, where it is missing.</summary>
internal sealed class RecordingFactAttribute : FactAttribute
{
    public RecordingFactAttribute() => Skip = Checkout.WhyNoRecording;
}

/// <summary>A table of tests that replay a recording of real traffic; skipped, with the reason, where it is missing.</summary>
internal sealed class RecordingTheoryAttribute : TheoryAttribute
{
    public RecordingTheoryAttribute() => Skip = Checkout.WhyNoRecording;
}
