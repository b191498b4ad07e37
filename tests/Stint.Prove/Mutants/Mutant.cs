namespace Stint.Prove.Mutants;

/// <summary>A planted bug: one sentence, one file, and one text in it that is replaced by another.</summary>
/// <param name="File">Below <c>src/</c>.</param>
/// <param name="Tests">A filter for the tests that are asked where the simulation sees nothing; null for those of Core.</param>
/// <param name="Equivalent">Why it is no bug; null where it is one.</param>
internal sealed record Mutant(string Name, string Says, string File, string From, string To, string? Tests, string? Equivalent)
{
    /// <summary>What is wrong with this mutant in these sources, as a sentence; null where it can be planted.</summary>
    /// <param name="sources">The folder <c>src</c> of a checkout.</param>
    public string? Problem(string sources)
    {
        var path = Path.Combine(sources, File);
        if (!System.IO.File.Exists(path)) return $"{Name}: {File} is not there";
        var text = System.IO.File.ReadAllText(path);
        var first = text.IndexOf(From, StringComparison.Ordinal);
        if (first < 0) return $"{Name}: {File} has no '{From}' any more";
        return text.IndexOf(From, first + 1, StringComparison.Ordinal) < 0 ? null : $"{Name}: {File} has '{From}' more than once";
    }

    /// <summary>Plants it. Returns the text as it was.</summary>
    public string PlantIn(string sources)
    {
        var path = Path.Combine(sources, File);
        var before = System.IO.File.ReadAllText(path);
        System.IO.File.WriteAllText(path, before.Replace(From, To, StringComparison.Ordinal));
        return before;
    }

    /// <summary>Every planted bug there is, in the order of the table.</summary>
    public static IReadOnlyList<Mutant> All()
    {
        using var table = typeof(Mutant).Assembly.GetManifestResourceStream("mutants.txt")!;
        using var reader = new StreamReader(table);
        var lines = reader.ReadToEnd().Split('\n');
        var starts = Enumerable.Range(0, lines.Length).Where(i => lines[i].StartsWith('[')).Append(lines.Length).ToList();
        return [.. starts.Zip(starts.Skip(1), (from, to) => Parse(lines[from..to]))];
    }

    private static Mutant Parse(string[] lines)
    {
        var end = lines[0].IndexOf(']', StringComparison.Ordinal);
        return new(lines[0][1..end], lines[0][(end + 2)..], Text("file ")!, Text("- ")!, Text("+ ")!, Text("tests "), Text("equivalent "));

        // A text goes on in the lines below it that begin with a blank.
        string? Text(string mark)
        {
            var at = Array.FindIndex(lines, line => line.StartsWith(mark, StringComparison.Ordinal));
            if (at < 0) return null;
            var more = lines.Skip(at + 1).TakeWhile(line => line.StartsWith(' '));
            return string.Join('\n', more.Prepend(lines[at][mark.Length..]));
        }
    }
}
