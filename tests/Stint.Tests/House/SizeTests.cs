using Xunit;

namespace Stint.Tests.House;

/// <summary>The size gates of the house. They have no list of exceptions: what does not fit is split by idea.</summary>
public sealed class SizeTests
{
    private static readonly string[] All = ["src", "samples", "tests", "bench"];

    [Fact]
    public void File_Anywhere_HasAtMost300Lines()
    {
        var large = Tree.Sources(All).Select(file => (file, lines: Tree.Lines(file).Length)).Where(f => f.lines > 300);
        Assert.Empty(large.Select(f => $"{f.file}: {f.lines} lines"));
    }

    [Fact]
    public void Folder_Anywhere_HasAtMost12SourceFiles()
    {
        var full = Tree.Sources(All).GroupBy(Path.GetDirectoryName).Where(folder => folder.Count() > 12);
        Assert.Empty(full.Select(folder => $"{folder.Key}: {folder.Count()} files"));
    }

    [Fact]
    public void Method_Anywhere_HasAtMost60Lines()
    {
        var long60 = Tree.Sources(All).Where(file => file.EndsWith(".cs", StringComparison.Ordinal)).SelectMany(file => Bodies(file, Tree.Lines(file)));
        Assert.Empty(long60.Where(body => body.Lines > 60).Select(body => $"{body.Where}: {body.Lines} lines"));
    }

    [Fact]
    public void Program_OfTheHub_IsATableOfContents() => Assert.InRange(Tree.Lines("src/Stint.Hub/Program.cs").Length, 1, 80);

    /// <summary>Braces that stand alone at a member's indentation and do not open a type.</summary>
    private static IEnumerable<(string Where, int Lines)> Bodies(string file, string[] lines)
    {
        for (var i = 1; i < lines.Length; i++)
        {
            var indent = lines[i].Length - 1;
            if (lines[i].TrimStart() != "{" || indent is not (4 or 8) || OpensType(lines, i)) continue;
            var end = Array.FindIndex(lines, i, line => line.Length > indent && line.StartsWith(new string(' ', indent) + "}", StringComparison.Ordinal));
            yield return ($"{file}:{i}", end - i + 1);
        }
    }

    private static bool OpensType(string[] lines, int brace)
    {
        for (var i = brace - 1; i >= 0 && lines[i].Trim() is not ("" or "}" or "{"); i--)
            if (lines[i].Split(' ', '(').Any(word => word is "class" or "record" or "struct" or "interface" or "enum")) return true;
        return false;
    }
}
