using System.Text.Json;
using Stint.EndToEnd.Browser;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Pages;

/// <summary>Who opens a page.</summary>
public enum Reader { Stranger, Ada, Painter, Root }

/// <summary>
/// One hub and one browser for all tests of pages: the demo's people and Space, an administrator, and something to see on
/// every page: runs, a refusal of ada's and one of nobody's.
/// </summary>
public sealed class PagesHub : IAsyncLifetime
{
    private readonly Dictionary<Reader, string> signedIn = [];

    internal DemoHub Demo { get; } = new();
    internal Chromium Chromium { get; } = new();
    internal LeasingSpace Studio { get; private set; } = null!;
    /// <summary>Who owns the studio.</summary>
    internal Person Painter { get; private set; } = null!;
    internal Person Root { get; private set; } = null!;
    internal HubProcess Hub => Demo.Hub;
    internal Person Ada => Demo.Ada;

    /// <summary>A refusal that counted ada, and one that counted nobody.</summary>
    internal (string OfAda, string OfNobody) Refusals { get; private set; }

    internal static string SpacePath => $"/spaces/{DemoHub.Id}";

    public async Task InitializeAsync()
    {
        if (Chromium.WhyNot is not null || Checkout.WhyNoClients is not null) return;
        await Task.WhenAll(Demo.StartAsync(new HubSettings(Slots: 2)), Chromium.InitializeAsync());
        Root = await Person.AddAsync(Hub, "root-of-all", "pro", "administrator");
        Painter = await Person.AddAsync(Hub, "painter");
        Studio = await LeasingSpace.AddAsync(Hub, "painter/studio");
        await SeeSomethingAsync();
        foreach (var (reader, person) in new[] { (Reader.Ada, Ada), (Reader.Painter, Painter), (Reader.Root, Root) }) signedIn[reader] = await SignInAsync(person);
    }

    /// <summary>A window of its own; whoever reads signed in before.</summary>
    internal Task<Window> OpenAsync(Reader reader) => Chromium.OpenAsync(signedIn.GetValueOrDefault(reader));

    /// <summary>A window of somebody who signs in at first.</summary>
    internal async Task<Window> OpenAsync(Person person) => await Chromium.OpenAsync(await SignInAsync(person));

    internal string At(string path) => new Uri(Hub.Url, path).AbsoluteUri;

    /// <summary>One whole run of ada's, elsewhere than in a browser.</summary>
    internal async Task<Receipt> RunAsync(Person person, double seconds = 0.2)
    {
        var seen = (await person.ReceiptsAsync()).Count;
        var grant = await Studio.LeaseAsync(await person.IdentityTokenAsync(Studio.Name), 60);
        await Studio.WorkAllowedAsync(grant);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        await Studio.ReleaseAsync(grant);
        return await person.ReceiptAfterAsync(seen);
    }

    public async Task DisposeAsync()
    {
        if (Studio is not null) await Studio.DisposeAsync();
        await Chromium.DisposeAsync();
        await Demo.DisposeAsync();
    }

    private async Task SeeSomethingAsync()
    {
        for (var i = 0; i < 2; i++) await RunAsync(Ada);
        await Studio.AskAsync(await Ada.IdentityTokenAsync(Studio.Name), 100_000);
        await Studio.AskAsync(token: null, 30);
        var refusals = LedgerAudit.Of(Hub.Directory).Refusals;
        string Of(Func<JsonElement, bool> which) => refusals.First(which).GetProperty("id").GetString()!;
        Refusals = (Of(refusal => refusal.TryGetProperty("identity", out _)), Of(refusal => !refusal.TryGetProperty("identity", out _)));
    }

    private async Task<string> SignInAsync(Person person)
    {
        await using var window = await Chromium.OpenAsync();
        await window.Page.GotoAsync(At("/sign-in"));
        await window.Page.GetByLabel("User name").FillAsync(person.Name);
        await window.Page.GetByLabel("Password").FillAsync(person.Password);
        await window.Page.Locator("main").GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await window.Page.WaitForURLAsync(At("/"));
        return await window.StateAsync();
    }
}
