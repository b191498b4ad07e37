using Xunit;

namespace Stint.EndToEnd.Pages;

/// <summary>One hub and one browser for all tests of pages, beside which nothing else runs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
#pragma warning disable CA1711 // xunit's word for it.
public sealed class PagesCollection : ICollectionFixture<PagesHub>
#pragma warning restore CA1711
{
    public const string Name = "pages";
}
