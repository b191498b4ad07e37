using Stint.EndToEnd.Browser;
using Stint.EndToEnd.Sites;

namespace Stint.EndToEnd.Seed;

/// <summary>The same hub with names of its own for itself and its Spaces, so that a browser can block the cookies of the one and keep those of the other.</summary>
public sealed class SitesSeedHub : SeedHub
{
    internal override SiteNames Names { get; } = new();

    public override Task InitializeAsync() => Chromium.WhyNot is null ? base.InitializeAsync() : Task.CompletedTask;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Names.Dispose();
    }
}
