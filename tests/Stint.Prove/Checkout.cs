namespace Stint.Prove;

/// <summary>The source tree this program was built from.</summary>
internal static class Checkout
{
    public static string Root { get; } = Find();

    public static string Tests => Path.Combine(Root, "artifacts", "bin", "Stint.Tests", "release");

    public static bool HasTests => File.Exists(Path.Combine(Tests, "Stint.Tests.dll"));

    /// <summary>The built hub.</summary>
    public static string Hub => Path.Combine(Root, "artifacts", "bin", "Stint.Hub", "release", "stint.dll");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Stint.slnx"))) return folder.FullName;
        return Environment.CurrentDirectory;
    }
}
