using Microsoft.Playwright;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Browser;

/// <summary>Debian's Chromium, driven by Playwright. Every visit is a private window of its own; in those this browser blocks third-party cookies.</summary>
public sealed class Chromium : IAsyncLifetime
{
    public const string Program = "/usr/bin/chromium";

    /// <summary>Why it cannot run here; null where it can.</summary>
    public static string? WhyNot { get; } = File.Exists(Program) ? null : $"no {Program} here: install chromium";

    internal static readonly string[] Arguments =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private IPlaywright? playwright;
    private IBrowser? browser;

    public Task InitializeAsync() => StartAsync();

    internal async Task StartAsync(params string[] more)
    {
        if (WhyNot is not null) return;
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program, Args = [.. Arguments, .. more] });
    }

    internal async Task<Window> OpenAsync(string? signedIn = null) => await Window.OpenAsync(browser!, signedIn);

    public async Task DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
    }
}

/// <summary>A private window with one page. Whatever the page complains of is kept.</summary>
internal sealed class Window : IAsyncDisposable
{
    private const float Patience = 20_000;
    private static readonly int[] Widths = [390, 1280, 1920];
    public static readonly string Pictures = Path.Combine(Checkout.Root, "artifacts/screenshots");

    private readonly IBrowserContext context;
    private readonly List<string> complaints = [];

    private Window(IBrowserContext context, IPage page)
    {
        (this.context, Page) = (context, page);
        page.SetDefaultTimeout(Patience);
        Assertions.SetDefaultExpectTimeout(Patience);
        page.Console += (_, line) =>
        {
            if (line.Type is "error" or "warning") complaints.Add($"{line.Type}: {line.Text} ({line.Location})");
        };
        page.PageError += (_, error) => complaints.Add(error);
        page.RequestFailed += (_, request) =>
        {
            // A stream that its page lets go of is no failure.
            if (request.Failure != "net::ERR_ABORTED") complaints.Add($"{request.Url}: {request.Failure}");
        };
    }

    public IPage Page { get; }

    public Task<IReadOnlyList<BrowserContextCookiesResult>> CookiesAsync() => context.CookiesAsync();

    /// <param name="signedIn">The cookies of somebody who signed in elsewhere, as <see cref="StateAsync"/> gives them; null for a stranger.</param>
    public static async Task<Window> OpenAsync(IBrowser browser, string? signedIn)
    {
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 }, StorageState = signedIn });
        return Of(context, await context.NewPageAsync());
    }

    public static Window Of(IBrowserContext context, IPage page) => new(context, page);

    /// <summary>What another window needs to be the same visitor's.</summary>
    public Task<string> StateAsync() => context.StorageStateAsync();

    public void AssertNothingComplained() => Assert.Empty(complaints);

    /// <summary>A page that is an error itself is named so in the console; nothing else may stand there.</summary>
    public void AssertNothingComplainedBut(string ofItself) => Assert.DoesNotContain(complaints, line => !line.Contains(ofItself, StringComparison.Ordinal));

    /// <summary>As it stands now, on a phone, on a desk and on a wall, by day and by night.</summary>
    public async Task KeepPicturesAsync(string name)
    {
        Directory.CreateDirectory(Pictures);
        foreach (var width in Widths)
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await Page.SetViewportSizeAsync(width, 900);
                await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
                await Page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, $"{name}-{width}-{scheme.ToString().ToLowerInvariant()}.png"), FullPage = true, Animations = ScreenshotAnimations.Disabled });
                Assert.True(await Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{name} is wider than a screen of {width} pixels");
            }
    }

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}

/// <summary>A test in the real browser; skipped, with the reason, where it is missing.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Chromium.WhyNot;
}

/// <summary>A table of tests in the real browser; skipped, with the reason, where it is missing.</summary>
internal sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = Chromium.WhyNot;
}
