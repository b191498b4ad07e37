using Stint.Tests.House;
using Xunit;

namespace Stint.Tests.Fakes;

/// <summary>The reference material that lies beside the checkout and is never copied into it; null where it is not there.</summary>
internal static class SharedFolder
{
    public static string? Path { get; } = new[] { Environment.GetEnvironmentVariable("STINT_SHARED"), System.IO.Path.Combine(Tree.Root, "..", "shared") }
        .FirstOrDefault(folder => !string.IsNullOrEmpty(folder) && Directory.Exists(folder));
}

/// <summary>A theory that needs the reference material and is skipped, saying so, where it is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute()
    {
        if (SharedFolder.Path is null) Skip = "needs ../shared beside the checkout, or STINT_SHARED with its place";
    }
}
