using System.Diagnostics;

namespace Stint.Prove.Mutants;

/// <summary>A scratch copy of the sources in which one bug at a time is planted, built and hunted. Gone when disposed.</summary>
internal sealed class Workshop : IDisposable
{
    private static readonly TimeSpan BuildsWithin = TimeSpan.FromMinutes(15);

    private readonly Stopwatch sound = Stopwatch.StartNew();
    private TimeSpan patience = BuildsWithin;
    private readonly string root = Directory.CreateTempSubdirectory("stint-mutants-").FullName;

    /// <param name="checkout">What is copied.</param>
    /// <param name="tests">The built tests.</param>
    public Workshop(string checkout, string tests)
    {
        foreach (var file in Directory.EnumerateFiles(checkout, "*.*").Where(IsForBuilds)) File.Copy(file, Path.Combine(root, Path.GetFileName(file)));
        Copy(Path.Combine(checkout, "src"), Sources);
        Copy(AppContext.BaseDirectory, Prover);
        Copy(tests, Tests);
    }

    /// <summary>Without a mutant everything took so long: what takes five times that goes on for ever, however busy this machine is.</summary>
    public void IsSound() => patience = TimeSpan.FromMinutes(2) + (5 * sound.Elapsed);

    public string Sources => Path.Combine(root, "src");
    private string Prover => Path.Combine(root, "prover");
    private string Tests => Path.Combine(root, "tests");

    /// <summary>Builds what the file belongs to and lets the prover and the tests use it. Returns what the compiler says against it; null where nothing.</summary>
    public string? Build(string file)
    {
        var project = file.Split('/')[0];
        var (code, said) = Run(BuildsWithin, "dotnet", ["build", Path.Combine(Sources, project), "--configuration", "Release", "-p:RunAnalyzers=false", "-p:GenerateDocumentationFile=false",
            "-p:TreatWarningsAsErrors=false", "--verbosity", "quiet", "-clp:NoSummary", .. IsRestored(project) ? new[] { "--no-restore" } : []]);
        if (code != 0) return string.Join("; ", said.Split('\n').Where(line => line.Contains("error", StringComparison.Ordinal)).Take(1).DefaultIfEmpty(said));
        foreach (var name in new[] { "Stint.Core", "stint" })
            if (Directory.EnumerateFiles(Path.Combine(root, "artifacts", "bin", project, "release"), name + ".dll").FirstOrDefault() is { } built)
                foreach (var user in new[] { Prover, Tests }) File.Copy(built, Path.Combine(user, name + ".dll"), overwrite: true);
        return null;
    }

    /// <summary>Where the simulation failed; null where it did not.</summary>
    public string? Simulate(int seeds, int commands)
    {
        var (code, said) = Run(patience, "dotnet", [Path.Combine(Prover, "stint-prove.dll"), "sim", "--seeds", $"{seeds}", "--commands", $"{commands}"]);
        return code == 0 ? null : said.Split('\n')[0];
    }

    /// <summary>The first test that failed; null where none did.</summary>
    public string? Test(string filter)
    {
        var (code, said) = Run(patience, "dotnet", ["test", Path.Combine(Tests, "Stint.Tests.dll"), "--filter", filter, "--nologo"]);
        return code == 0 ? null : said.Split('\n').FirstOrDefault(line => line.TrimStart().StartsWith("Failed ", StringComparison.Ordinal))?.Trim()[7..].Split(' ', '(')[0] ?? "the tests broke off";
    }

    /// <summary>Back to the sources as they are.</summary>
    public void Restore(Mutant mutant, string before) => File.WriteAllText(Path.Combine(Sources, mutant.File), before);

    public void Dispose() => Directory.Delete(root, recursive: true);

    private bool IsRestored(string project) => File.Exists(Path.Combine(root, "artifacts", "obj", project, "project.assets.json"));

    private static bool IsForBuilds(string file) => Path.GetExtension(file) is ".props" or ".targets" or ".json" or ".config" or ".editorconfig";

    private (int Code, string Said) Run(TimeSpan within, string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = root, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        if (process.WaitForExit(within)) return (process.ExitCode, said.Result);
        process.Kill(entireProcessTree: true);
        return (-1, "it goes on for ever");
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }
}
