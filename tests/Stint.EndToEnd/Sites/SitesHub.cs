using Stint.EndToEnd.Browser;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Sites;

/// <summary>A hub and its Spaces on different sites, with TLS, and a browser that finds them and blocks third-party cookies.</summary>
public sealed class SitesHub : IAsyncLifetime
{
    private readonly DemoHub demo = new();

    internal SiteNames Names { get; } = new();
    internal Chromium Chromium { get; } = new();
    internal HubProcess Hub => demo.Hub;
    internal Person Ada => demo.Ada;
    internal Uri Space => demo.Space;
    internal string SpacePage => new Uri(Hub.Url, $"/spaces/{DemoHub.Id}").AbsoluteUri;

    public async Task InitializeAsync()
    {
        if (Chromium.WhyNot is not null) return;
        await demo.StartAsync(new HubSettings { Names = Names });
        await Chromium.StartAsync(Names.BrowserArguments);
    }

    internal Task<Me> MeAsync() => demo.MeAsync();

    public async Task DisposeAsync()
    {
        await Chromium.DisposeAsync();
        await demo.DisposeAsync();
        Names.Dispose();
    }
}
