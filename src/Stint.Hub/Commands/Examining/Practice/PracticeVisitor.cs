using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Stint.Hub.Doctor;
using Stint.Hub.Doctor.Calling;

namespace Stint.Hub.Commands.Examining.Practice;

/// <summary>
/// Somebody who uses the practice hub, from an address of their own on the loopback network, so that no two are counted
/// together. As a browser it keeps cookies, or not; as a program it sends a token, or none.
/// </summary>
internal sealed partial class PracticeVisitor : IDisposable
{
    private readonly Uri hub;
    private readonly CookieContainer jar = new();
    private readonly HttpClient browser;
    private readonly HttpClient frame;

    /// <param name="from">An address of 127.0.0.0/8.</param>
    /// <param name="keepsCookies">False where the browser blocks them.</param>
    public PracticeVisitor(Uri hub, IPAddress from, bool keepsCookies = true)
    {
        this.hub = hub;
        browser = new HttpClient(Handler(from, keepsCookies ? jar : null)) { Timeout = TimeSpan.FromSeconds(20) };
        frame = new HttpClient(Handler(from, jar: null)) { Timeout = TimeSpan.FromSeconds(20) };
        // What a browser says of itself, and programs do not.
        foreach (var client in new[] { browser, frame }) client.DefaultRequestHeaders.Add("Sec-Fetch-Mode", "cors");
    }

    /// <summary>A program at the same kind of address: no cookies, nothing said of itself.</summary>
    /// <param name="ports">Where what is meant for one port goes to another: a hop stands there.</param>
    public static HttpClient Program(IPAddress from, (int Asked, int Hop)? ports = null) => new(Handler(from, jar: null, ports)) { Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>Signs in at the hub by its form.</summary>
    public async Task SignInAsync(string name, string password)
    {
        var page = await browser.GetStringAsync(new Uri(hub, Visit.SignIn)).ConfigureAwait(false);
        var form = new Dictionary<string, string> { ["username"] = name, ["password"] = password, ["next"] = "/", [TokenField] = FormToken().Match(page).Groups[1].Value };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub, Visit.SignIn)) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Add("Origin", hub.GetLeftPart(UriPartial.Authority));
        using var answer = await browser.SendAsync(request).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>As someone who clears what the hub itself keeps in the browser, and nothing else.</summary>
    public void LoseHubCookies()
    {
        foreach (Cookie cookie in jar.GetAllCookies())
            if (cookie.Name.StartsWith("stint-hub", StringComparison.Ordinal)) cookie.Expired = true;
    }

    /// <summary>Opens a Space from the hub, which signs this browser in at its address.</summary>
    public async Task VisitAsync(PracticeSpace space)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(hub, Visit.AtHub(space.Id)));
        request.Headers.Add("Accept", "text/html");
        using var answer = await browser.SendAsync(request).ConfigureAwait(false);
    }

    /// <summary>Goes to a Space's address as nobody in particular.</summary>
    public Task GoOnUnknownAsync(PracticeSpace space) => browser.GetStringAsync(new Uri(space.Address, Visit.AsNobody()));

    /// <summary>What the Space's address says of this browser.</summary>
    public Task<MeSight?> MeAsync(PracticeSpace space) => browser.GetFromJsonAsync<MeSight>(new Uri(space.Address, Visit.Own + "/me"), JsonSerializerOptions.Web);

    /// <summary>Runs the Space's function as the page of the Space does.</summary>
    public Task<bool> RunAsync(PracticeSpace space) => PracticeRun.RunAsync(browser, space.Address);

    /// <summary>Asks for more than a visitor whom nobody knows may have, and opens what the error text leads to.</summary>
    /// <param name="isFramed">From a frame whose cookies are kept away.</param>
    public async Task<Told> RefusedAsync(PracticeSpace space, Expected expected, bool isFramed = false)
    {
        var (_, error) = await space.DeclaringAsync(PracticeSpace.Long, () => PracticeRun.CallAsync(isFramed ? frame : browser, space.Address)).ConfigureAwait(false);
        return await Told.ReadAsync(browser, error, expected).ConfigureAwait(false);
    }

    /// <summary>Opens a refusal's page by an address that was read elsewhere.</summary>
    public Task<Told> OpenAsync(string? text, Expected expected) => Told.ReadAsync(browser, text, expected);

    /// <summary>What the doctor's page does: looks at cookies, the frame and the Space's address, then asks the hub.</summary>
    /// <param name="frameKeepsCookies">False where the browser keeps a frame's cookies away from it.</param>
    public async Task<DoctorAnswer> ExamineAsync(PracticeSpace space, bool frameKeepsCookies = true, bool opensWindows = true, MeSight? pageOpened = null)
    {
        using (await browser.GetAsync(new Uri(hub, Visit.SignIn)).ConfigureAwait(false))
        {
            // The form of that page comes with a cookie.
        }

        var caller = new CallerSight
        {
            Door = "browser",
            Clock = DateTimeOffset.UtcNow,
            CookiesKept = jar.GetCookies(hub).Count > 0,
            Direct = opensWindows ? await MeAsync(space).ConfigureAwait(false) : null,
            Framed = await (frameKeepsCookies ? browser : frame).GetFromJsonAsync<MeSight>(new Uri(space.Address, Visit.Own + "/me"), JsonSerializerOptions.Web).ConfigureAwait(false),
            PageOpened = pageOpened,
        };
        return await ProgramLook.AskAsync(browser, hub, space.Id.ToString(), caller, send: null, CancellationToken.None).ConfigureAwait(false);
    }

    public void Dispose()
    {
        browser.Dispose();
        frame.Dispose();
    }

    private const string TokenField = "__RequestVerificationToken";

    private static SocketsHttpHandler Handler(IPAddress from, CookieContainer? jar, (int Asked, int Hop)? ports = null) => new()
    {
        UseProxy = false,
        UseCookies = jar is not null,
        CookieContainer = jar ?? new CookieContainer(),
        ConnectCallback = async (target, stopping) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.Bind(new IPEndPoint(from, 0));
                var port = ports is { } way && way.Asked == target.DnsEndPoint.Port ? way.Hop : target.DnsEndPoint.Port;
                await socket.ConnectAsync(IPAddress.Loopback, port, stopping).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FormToken();
}
