using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using Stint.EndToEnd.Harness;

namespace Stint.EndToEnd.Browser;

/// <summary>What people do with a mouse at the pages of the hub and of the demo's Space, and what they read there.</summary>
internal static class Visiting
{
    public static async Task SignInAsync(Window window, Person person, string picture)
    {
        var page = window.Page;
        await page.GetByLabel("User name").FillAsync(person.Name);
        await window.KeepPicturesAsync(picture);
        await page.GetByLabel("Password").FillAsync(person.Password);
        await page.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    public static Task RunAsync(IFrameLocator frame) => RunAsync(frame.Locator("body"));

    public static async Task RunAsync(ILocator app)
    {
        await app.Locator("#render").ClickAsync();
        await Assertions.Expect(app.Locator("#picture")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await Assertions.Expect(app.Locator("#problem")).ToBeHiddenAsync();
    }

    /// <summary>Draws, and is told why not: the app's own error, as it stands on its page.</summary>
    public static async Task<string> FailAsync(ILocator app)
    {
        await app.Locator("#render").ClickAsync();
        await Assertions.Expect(app.Locator("#problem")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        return await app.Locator("#problem-text").InnerTextAsync();
    }

    public static async Task<decimal> LeftAsync(IPage page) =>
        decimal.Parse((await page.Locator("[data-live-meter]").EvaluateAsync<double>("meter => meter.value")).ToString("0.###", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>Who this page's address takes its visitor for.</summary>
    public static async Task<Me> MeAsync(IPage page) => Read(await page.EvaluateAsync<string>(AskMe));

    public static async Task<Me> MeAsync(ILocator inFrame) => Read(await inFrame.EvaluateAsync<string>(AskMe));

    private const string AskMe = "() => fetch('/.stint/me').then(answer => answer.text())";

    private static Me Read(string text) => JsonSerializer.Deserialize<Me>(text, JsonSerializerOptions.Web)!;
}
