using System.Diagnostics;
using Stint.Hub.Nodes.Gpus;
using Stint.Tests.House;
using Xunit;

namespace Stint.Tests.Hub.Nodes.Gpus;

/// <summary>NVIDIA's library as a test wants it: compiled from <c>nvml_stub.c</c>, found and called as the real one is.</summary>
internal sealed class NvmlStub : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("stint-nvml-").FullName;

    /// <param name="without">UUID, MIG or PROCESSES: what an older library lacks.</param>
    public NvmlStub(string? without = null)
    {
        Path = System.IO.Path.Combine(folder, Nvml.Library);
        string[] words = [.. without is null ? [] : new[] { "-DWITHOUT_" + without }, "-shared", "-fPIC", "-o", Path, System.IO.Path.Combine(Tree.Root, "tests/Stint.Tests/Hub/Nodes/Gpus/nvml_stub.c")];
        using var compiling = Process.Start(new ProcessStartInfo(CompilerFactAttribute.Compiler!, words) { RedirectStandardError = true })!;
        var said = compiling.StandardError.ReadToEnd();
        compiling.WaitForExit();
        Assert.True(compiling.ExitCode == 0, said);
    }

    public string Path { get; }

    /// <summary>What is on this machine from now on.</summary>
    public NvmlStub With(params IEnumerable<string> lines)
    {
        File.WriteAllLines(Path + ".world", lines);
        return this;
    }

    public Discovery Discover() => Discovery.OfThisMachine(Path);

    public Nvml Open() => Nvml.Open(Path).Opened!;

    public void Dispose() => Directory.Delete(folder, recursive: true);
}

/// <summary>A test that compiles C; skipped, saying so, where nothing can.</summary>
internal sealed class CompilerFactAttribute : FactAttribute
{
    public CompilerFactAttribute()
    {
        if (Compiler is null) Skip = "no C compiler here (cc, gcc or tcc): install tcc";
    }

    public static string? Compiler { get; } = new[] { "cc", "gcc", "tcc" }
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => System.IO.Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);
}
