using System.Text;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Xunit;

namespace Stint.Tests.Hub.Gateway.Hostile;

public sealed class HeaderTests : GatewayTest
{
    private static readonly string[] Names =
    [
        "X-IP-Token", "X-HF-Authorization", "X-Zerogpu-Token", "X-Zerogpu-Uuid", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-User",
        "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Forwarded", "Remote-User", "X-Remote-User", "X-Authenticated", "X-Stint-Identity", "X-Auth-Request-User",
        "Proxy-Authorization",
    ];

    /// <summary>Spellings that some server takes for the same header.</summary>
    private static readonly Func<string, string>[] Spellings =
        [name => name, name => name.ToLowerInvariant(), name => name.ToUpperInvariant(), name => name.Replace('-', '_'), name => name.ToLowerInvariant().Replace('-', '_'), Mixed];

    public static TheoryData<string> Spelled() => [.. Names.SelectMany(name => Spellings.Select(spell => spell(name))).Distinct(), "authorization_", "AUTHORIZATION", "x_authorization"];

    [Theory]
    [MemberData(nameof(Spelled))]
    [Trait("Behaviour", "B54")]
    public async Task Header_ByWhichSomebodyCouldPassForSomebody_NeverArrives(string name)
    {
        var space = await ServeOkAsync();
        const string Forged = "Bearer forged-identity";

        var answer = await AskAsync("POST /run/x HTTP/1.1", $"{name}: {Forged}", "Content-Length: 2", "Connection: close", "", "{}");

        Assert.DoesNotContain(space.Seen.SelectMany(seen => seen.Headers), header => header.Value.Contains("forged", StringComparison.Ordinal) && !header.Key.Contains("authorization", StringComparison.OrdinalIgnoreCase));
        if (space.Seen.IsEmpty) Assert.StartsWith("HTTP/1.1 401", answer, StringComparison.Ordinal);
        else Assert.Equal(IdentityId.OfNetwork("127.0.0.1"), RecognisingTests.Facts(space, Hub).Identity);
    }

    [Theory]
    [InlineData("Authorization", "access-token-repeated")]
    [InlineData("X-HF-Authorization", "access-token-repeated")]
    [InlineData("X-IP-Token", "identity-token-repeated")]
    [InlineData("x-zerogpu-token", "space-token-repeated")]
    public async Task Header_SentTwice_IsRefusedByNameThoughBothWouldHold(string name, string cause)
    {
        var space = await ServeOkAsync();
        var value = name switch
        {
            "X-IP-Token" => Hub.Tokens.Issue(GatewayHub.IdentityOf("ada"), GatewayHub.Squares, "e_1", "/x", TimeSpan.FromHours(1)),
            "x-zerogpu-token" => Hub.SpaceTokens.Issue(new AccountId("id-ada"), GatewayHub.Squares, Hub.Clock.Now, TimeSpan.FromMinutes(1)).Text,
            _ => "Bearer " + Hub.AccessToken("ada"),
        };

        var answer = await AskAsync("GET /x HTTP/1.1", $"{name}: {value}", $"{name}: {value}", "Connection: close", "", "");

        Assert.Contains(cause, answer, StringComparison.Ordinal);
        Assert.Empty(space.Seen);
    }

    /// <summary>Each is a way to make one server see two requests where another sees one.</summary>
    [Theory]
    [InlineData("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 50\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Content-Length: 0\r\nContent-Length: 44\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Content-Length: +0\r\n\r\n")]
    [InlineData("Content-Length: -1\r\n\r\n")]
    [InlineData("X-A: b\n c\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("X-A\0: b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData(" X-IP-Token: folded\r\nContent-Length: 0\r\n\r\n")]
    public async Task Request_OfASmugglersShape_BringsTheSpaceNoSecondOne(string rest)
    {
        var space = await ServeOkAsync();

        await RawClient.SendAsync(Hub.Address, $"POST /run/first HTTP/1.1\r\nHost: {Hub.Address.Authority}\r\nConnection: close\r\n{rest}");

        Assert.DoesNotContain(space.Seen, seen => seen.Target.Contains("smuggled", StringComparison.Ordinal) && seen.Headers["Host"] != Hub.Address.Authority && seen.Headers["Host"] != "x");
        Assert.InRange(space.Seen.Count, 0, 1);
        Assert.DoesNotContain(space.Seen.SelectMany(seen => seen.Headers), header => header.Value == "folded");
    }

    [Fact]
    [Trait("Behaviour", "B54")]
    public async Task Request_TwoThousandOfAnyShape_BringNoFaultOfTheHubAndNoLedgerLine()
    {
        await ServeOkAsync();
        var random = new Random(20_261_122);
        for (var i = 0; i < 2_000; i++)
        {
            var answer = await RawClient.SendAsync(Hub.Address, Fuzz(random));
            Assert.DoesNotContain("HTTP/1.1 500", answer, StringComparison.Ordinal);
        }

        foreach (var identity in new[] { GatewayHub.IdentityOf("ada"), GatewayHub.IdentityOf("bob"), IdentityId.OfNetwork("127.0.0.1") })
            Assert.Equal((GpuTime.Zero, GpuTime.Zero), (Hub.Reading(identity).Spent, Hub.Reading(identity).Reserved));
        Assert.Equal("ok", await (await GetAsync("/x")).Content.ReadAsStringAsync());
    }

    private string Fuzz(Random random)
    {
        string[] methods = ["GET", "POST", "PUT", "OPTIONS", "HEAD", "TRACE", "get", "PROPFIND"];
        string[] paths = ["/", "/config", "/gradio_api/queue/join", "/gradio_api/queue/data?session_hash=a", "/gradio_api/call/x/y", "/.stint/me", "/.stint/session?code=", "//", "/%", "/%00", "/a%2f..%2fb", "*", "/?__sign=%", "/gradio_api/cancel", "http://x/y"];
        string[] values = ["", "x", "Bearer ", "Bearer hf_", "a.b.c", "..", "\"", "=;=;", new string('a', 5_000), "ä", "Bearer a.b.c", "{}", "1,2", "%0d%0a"];
        string[] names = [.. Names, "Authorization", "Cookie", "Origin", "Host", "Accept", "Content-Type", "Upgrade", "Content-Length", "Transfer-Encoding", "Range", "Expect"];
        var text = new StringBuilder($"{Any(methods)} {Any(paths)} HTTP/1.1\r\nHost: {Hub.Address.Authority}\r\nConnection: close\r\n");
        for (var i = random.Next(6); i > 0; i--) text.Append($"{Spellings[random.Next(Spellings.Length)](Any(names))}: {Any(values)}\r\n");
        return text.Append("\r\n").Append(random.Next(2) == 0 ? "" : Any(values)).ToString();

        string Any(string[] of) => of[random.Next(of.Length)];
    }

    private Task<string> AskAsync(string line, params string[] rest) => RawClient.SendAsync(Hub.Address, $"{line}\r\nHost: {Hub.Address.Authority}\r\n{string.Join("\r\n", rest)}");

    private static string Mixed(string name) => string.Concat(name.Select((letter, i) => i % 2 == 0 ? char.ToUpperInvariant(letter) : char.ToLowerInvariant(letter)));
}
