using System.Text.RegularExpressions;
using Xunit;

namespace Stint.Tests.House;

/// <summary>The walls between rooms: who may know whom, and which words open no door.</summary>
public sealed partial class WallTests
{
    private static readonly string[] Features = ["Gateway", "DeviceApi", "HubApi", "Accounts", "Billing", "Admin", "Doctor"];
    private static readonly string[] EmptyWords = ["Manager", "Helper", "Util", "Utils", "Service", "Data", "Info", "Base", "Common"];

    [Fact]
    public void Feature_OfTheHub_DoesNotReferenceAnother()
    {
        var crossings =
            from feature in Features
            from file in Tree.Sources("src/Stint.Hub/" + feature)
            from line in Tree.Lines(file)
            from other in Features
            where other != feature && Regex.IsMatch(line, $@"^using (static )?Stint\.Hub\.{other}\b")
            select $"{file} → {other}";
        Assert.Empty(crossings.Distinct());
    }

    [Fact]
    public void Core_Sources_ReferenceNothingOutside()
    {
        var outside =
            from file in Tree.Sources("src/Stint.Core")
            from line in Tree.Lines(file)
            where line.StartsWith("using ", StringComparison.Ordinal) && !Allowed().IsMatch(line)
            select $"{file}: {line}";
        Assert.Empty(outside);
    }

    [Fact]
    public void TypeName_Anywhere_HasNoEmptyWord()
    {
        var named =
            from file in Tree.Sources("src", "samples", "bench")
            from line in Tree.Lines(file)
            let type = Declaration().Match(line)
            where type.Success && Words().Matches(type.Groups[1].Value).Any(word => EmptyWords.Contains(word.Value))
            select $"{file}: {type.Groups[1].Value}";
        Assert.Empty(named);
    }

    [Fact]
    public void OurNamespaces_Anywhere_AreUsedByName()
    {
        var global = Tree.Sources("src", "samples", "tests", "bench")
            .SelectMany(file => Tree.Lines(file).Where(line => line.StartsWith("global using Stint", StringComparison.Ordinal)).Select(_ => file));
        Assert.Empty(global);
    }

    [Fact]
    public void Namespace_OfASource_IsItsFolder()
    {
        var strays =
            from root in new[] { ("src/Stint.Core", "Stint.Core"), ("src/Stint.Hub", "Stint.Hub"), ("tests/Stint.Tests", "Stint.Tests"), ("tests/Stint.Prove", "Stint.Prove") }
            from file in Tree.Sources(root.Item1)
            let declared = Tree.Lines(file).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))
            let folder = Path.GetDirectoryName(Path.GetRelativePath(root.Item1, file))!
            let expected = folder.Length == 0 ? root.Item2 : root.Item2 + "." + folder.Replace(Path.DirectorySeparatorChar, '.')
            where declared is not null && declared != $"namespace {expected};"
            select $"{file}: {declared}";
        Assert.Empty(strays);
    }

    [GeneratedRegex(@"^using (static )?(System(\.Collections\.\w+|\.Text(\.\w+)*|\.Diagnostics\.CodeAnalysis|\.Runtime\.CompilerServices|\.Security\.Cryptography|\.Globalization|\.Numerics|\.Net)?;|Stint\.Core)")]
    private static partial Regex Allowed();

    [GeneratedRegex(@"^\s*(?:public|internal|private|protected|file)?[\w ]*\b(?:class|record struct|record|struct|interface|enum) (\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex("[A-Z][a-z]*")]
    private static partial Regex Words();
}
