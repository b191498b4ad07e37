namespace Stint.Tests.Fakes;

/// <summary>A directory of a test's own that goes when the test does.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("stint-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public static implicit operator string(TempDirectory directory) => directory.Path;
}
