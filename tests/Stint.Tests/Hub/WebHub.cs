using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub;
using Stint.Hub.Accounts;
using Stint.Hub.Admin;
using Stint.Hub.Alerts;
using Stint.Hub.Billing;
using Stint.Hub.HubApi;
using Stint.Hub.Layout;
using Stint.Hub.Spaces;
using Stint.Hub.Store;
using Stint.Hub.Tickets;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;
using Stint.Tests.Hub.Billing;
using Xunit;

namespace Stint.Tests.Hub;

/// <summary>
/// All pages and APIs of a hub on a port of its own, over a ledger that is stepped by hand. Spaces are where
/// <see cref="SpaceAt"/> says; cookies are kept by whoever visits.
/// </summary>
internal sealed partial class WebHub : IDisposable
{
    public const string Password = "correct horse battery";
    public static readonly Uri SpaceAt = new("http://127.0.0.1:19999");

    private readonly List<IDisposable> owned = [];
    private WebApplication? app;

    public BillingHub Ledger { get; } = new();
    public ManualTime Time { get; } = new();
    public SpaceStage Stage { get; set; } = SpaceStage.Running;
    public Catalogue Catalogue => Ledger.Catalogue;
    public Sessions Sessions => new(Catalogue);
    public T Get<T>() where T : notnull => app!.Services.GetRequiredService<T>();
    public Uri Url { get; private set; } = new("http://127.0.0.1:1");

    /// <summary>How people reach it; an https one stands for a proxy in front.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>True where people may name addresses of this machine for their alerts.</summary>
    public bool PrivateWebhooks { get; init; }

    public WebHub Start()
    {
        foreach (var name in new[] { "ada", "bob", "root" }) new Passwords(Catalogue).Set(new AccountId(name), Password, Ledger.Clock.Now);
        Catalogue.AddSpace(new Space(Samples.Sing, new AccountId("bob"), SpaceVisibility.Private, new Uri("http://127.0.0.1:1"), null, null));
        var options = new HubOptions { Directory = Ledger.Directory, Port = 7860, PublicUrl = PublicUrl, PrivateWebhooks = PrivateWebhooks };
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(options).AddSingleton<TimeProvider>(Time);
        builder.Services.AddSingleton(Ledger.Database).AddSingleton(Catalogue).AddSingleton(Ledger.Clock);
        builder.Services.AddTokens(HubKeys.Open(Ledger.Directory));
        builder.Services.AddSingleton(new AccessTokens(Catalogue, new byte[32]));
        builder.Services.AddPages(options);
        builder.Services.AddAccounts();
        builder.Services.AddBilling();
        builder.Services.AddTickets();
        builder.Services.AddHubApi();
        builder.Services.AddSpaces();
        builder.Services.AddAlerts();
        builder.Services.AddAdmin();
        builder.Services.AddSingleton<SpaceAddress>(_ => SpaceAt);
        builder.Services.AddSingleton<SpaceUpstream>(_ => new SpaceReach(Stage, SpaceAt, null));
        foreach (var hosted in builder.Services.Where(service => service.ServiceType == typeof(Microsoft.Extensions.Hosting.IHostedService) && service.ImplementationType?.Assembly == typeof(HubOptions).Assembly).ToList())
            builder.Services.Remove(hosted);
        app = builder.Build();
        app.UseHubHeaders();
        app.MapSharedFiles();
        app.MapAccounts();
        app.MapSpaces();
        app.MapBilling();
        app.MapTickets();
        app.MapHubApi();
        app.MapAlerts();
        app.MapAdmin();
        app.StartAsync().GetAwaiter().GetResult();
        Url = new Uri(app.Urls.Single());
        return this;
    }

    /// <summary>A browser of its own, that follows nothing by itself.</summary>
    public HttpClient Browser()
    {
        var handler = new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() };
        var client = new HttpClient(handler) { BaseAddress = Url };
        owned.Add(client);
        return client;
    }

    public async Task<HttpClient> SignedInAsync(string name)
    {
        var browser = Browser();
        using var answer = await SignInAsync(browser, name, Password);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return browser;
    }

    public static async Task<HttpResponseMessage> SignInAsync(HttpClient browser, string name, string password, string next = "/")
    {
        // Without a path to go on to, the page shows even where somebody is signed in.
        var page = await browser.GetStringAsync(new Uri(next == "/" ? "/sign-in" : $"/sign-in?next={Uri.EscapeDataString(next)}", UriKind.Relative));
        return await PostAsync(browser, "/sign-in", page, ("username", name), ("password", password), ("next", NextIn().Match(page).Groups[1].Value));
    }

    /// <summary>Sends a form with what the page it stands on was given.</summary>
    public static async Task<HttpResponseMessage> PostAsync(HttpClient browser, string path, string page, params (string Name, string Value)[] fields)
    {
        var token = FormToken().Match(page).Groups[1].Value;
        using var form = new FormUrlEncodedContent([.. fields.Select(field => KeyValuePair.Create(field.Name, field.Value)), new("__RequestVerificationToken", token)]);
        return await browser.PostAsync(new Uri(path, UriKind.Relative), form);
    }

    public async Task<HttpResponseMessage> ApiAsync(string path, string? token = null, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await Browser().SendAsync(request);
    }

    public void Dispose()
    {
        foreach (var one in owned) one.Dispose();
        (app as IDisposable)?.Dispose();
        Ledger.Dispose();
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();

    [GeneratedRegex("name=\"next\" value=\"([^\"]*)\"")]
    private static partial Regex NextIn();
}
