using Xunit;

namespace Stint.Tests.House;

/// <summary>No page without eyes on it: each stands in the table by which a real browser looks at all of them.</summary>
public sealed class PageTests
{
    [Fact]
    public void Page_OfTheHub_StandsInTheTableOfPages()
    {
        var table = string.Join('\n', Tree.Lines("tests/Stint.EndToEnd/Pages/PageTable.cs"));
        var pages = Tree.Sources("src/Stint.Hub").Where(file => file.EndsWith(".razor", StringComparison.Ordinal) && Tree.Lines(file).Any(line => line.StartsWith("<Document ", StringComparison.Ordinal) || line.StartsWith("<AdminPage ", StringComparison.Ordinal)));
        Assert.DoesNotContain(pages, page => !table.Contains($"nameof({Path.GetFileNameWithoutExtension(page)})", StringComparison.Ordinal));
    }
}
