using Stint.Prove.Mutants;
using Stint.Tests.House;
using Xunit;

namespace Stint.Tests.Prove;

/// <summary>Whether the planted bugs of <c>./stint prove mutants</c> still fit the sources; that each is caught, the command shows.</summary>
public sealed class MutantTests
{
    [Fact]
    public void Mutant_OfTheTable_StandsInTheSourcesExactlyOnce() =>
        Assert.Empty(Mutant.All().Select(mutant => mutant.Problem(Path.Combine(Tree.Root, "src"))).OfType<string>());

    [Fact]
    public void Mutants_OfTheTable_AreEnoughAndDiffer()
    {
        var mutants = Mutant.All();
        Assert.True(mutants.Count(mutant => mutant.Equivalent is null) >= 50);
        Assert.Equal(mutants.Count, mutants.Select(mutant => mutant.Name).Distinct().Count());
        Assert.All(mutants, mutant => Assert.NotEqual(mutant.From, mutant.To));
    }
}
