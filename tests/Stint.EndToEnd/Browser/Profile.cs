using Microsoft.Playwright;

namespace Stint.EndToEnd.Browser;

/// <summary>An ordinary window of a browser of its own, with the settings that somebody once chose there; the profile goes with it.</summary>
internal sealed class Profile : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("stint-profile-").FullName;
    private IPlaywright? playwright;

    private Profile() { }

    public Window Window { get; private set; } = null!;

    /// <param name="preferences">The profile's settings as Chromium keeps them, one JSON object.</param>
    /// <param name="arguments">The browser's arguments.</param>
    public static async Task<Profile> OpenAsync(string preferences, params string[] arguments)
    {
        var profile = new Profile();
        Directory.CreateDirectory(Path.Combine(profile.folder, "Default"));
        await File.WriteAllTextAsync(Path.Combine(profile.folder, "Default", "Preferences"), preferences);
        profile.playwright = await Playwright.CreateAsync();
        var context = await profile.playwright.Chromium.LaunchPersistentContextAsync(
            profile.folder, new() { ExecutablePath = Chromium.Program, Args = [.. Chromium.Arguments, .. arguments], ViewportSize = new() { Width = 1280, Height = 900 } });
        profile.Window = Window.Of(context, context.Pages[0]);
        return profile;
    }

    public async ValueTask DisposeAsync()
    {
        if (Window is not null) await Window.DisposeAsync();
        playwright?.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
