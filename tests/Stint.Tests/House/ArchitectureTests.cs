using System.Text.RegularExpressions;
using Xunit;

namespace Stint.Tests.House;

/// <summary>ARCHITECTURE.md names every room of the house and no room that is not there.</summary>
public sealed partial class ArchitectureTests
{
    [Fact]
    public void Architecture_OfTheTree_NamesEachSourceFolder()
    {
        var text = File.ReadAllText(Path.Combine(Tree.Root, "ARCHITECTURE.md"));
        var folders = Tree.Sources("src", "samples").Select(file => Path.GetDirectoryName(file)!.Replace('\\', '/')).Distinct();
        Assert.DoesNotContain(folders, folder => !text.Contains($"`{folder}/`", StringComparison.Ordinal));
    }

    [Fact]
    public void Architecture_ARoomItNames_Exists()
    {
        var text = File.ReadAllText(Path.Combine(Tree.Root, "ARCHITECTURE.md"));
        var named = Room().Matches(text).Select(match => match.Groups[1].Value).Distinct();
        Assert.DoesNotContain(named, folder => !Directory.Exists(Path.Combine(Tree.Root, folder)));
    }

    [GeneratedRegex("`((?:src|samples|tests|bench|docs)/[^`*]*)/`")]
    private static partial Regex Room();
}
