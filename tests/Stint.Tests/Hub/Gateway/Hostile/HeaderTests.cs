using Stint.Core.Identities;
using Xunit;

namespace Stint.Tests.Hub.Gateway.Hostile;

public sealed class HeaderTests : GatewayTest
{
    private static readonly string[] Names =
    [
        "X-IP-Token", "X-HF-Authorization", "X-Zerogpu-Token", "X-Zerogpu-Uuid", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-User",
        "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Forwarded", "Remote-User", "X-Remote-User", "X-Authenticated", "X-Stint-Identity", "X-Auth-Request-User",
        "Proxy-Authorization", "X-Forwarded", "X-Forwarded-Email", "X-Forwarded-Port", "X-Original-Forwarded-For", "X-WebAuth-User", "Fastly-Client-IP", "X-Cluster-Client-IP", "X-Queuing-Reason",
    ];

    /// <summary>Spellings that some server takes for the same header.</summary>
    private static readonly Func<string, string>[] Spellings =
        [name => name, name => name.ToLowerInvariant(), name => name.ToUpperInvariant(), name => name.Replace('-', '_'), name => name.ToLowerInvariant().Replace('-', '_'), Mixed];

    private static IEnumerable<string> Spelled() => [.. Names.SelectMany(name => Spellings.Select(spell => spell(name))).Distinct(), "authorization_", "AUTHORIZATION", "x_authorization"];

    [Fact]
    [Trait("Behaviour", "B54")]
    public async Task Header_ByWhichSomebodyCouldPassForSomebody_NeverArrives()
    {
        var space = await ServeOkAsync();
        const string Forged = "Bearer forged-identity";
        foreach (var name in Spelled())
        {
            space.Seen.Clear();

            var answer = await AskAsync("POST /run/x HTTP/1.1", $"{name}: {Forged}", "Content-Length: 2", "Connection: close", "", "{}");

            Assert.DoesNotContain(space.Seen.SelectMany(seen => seen.Headers), header => header.Value.Contains("forged", StringComparison.Ordinal) && !header.Key.Contains("authorization", StringComparison.OrdinalIgnoreCase));
            if (space.Seen.IsEmpty) Assert.True(answer.StartsWith("HTTP/1.1 401", StringComparison.Ordinal), $"{name}: {answer}");
            else Assert.Equal(IdentityId.OfNetwork("127.0.0.1"), RecognisingTests.Facts(space, Hub).Identity);
        }
    }

    /// <summary>What no header may be called is dropped on the way; that it begins like one of ours makes it no fault of the Space's.</summary>
    [Theory]
    [InlineData("GET /x HTTP/1.1")]
    [InlineData("POST /run/x HTTP/1.1")]
    [InlineData("OPTIONS /gradio_api/queue/data HTTP/1.1")]
    public async Task Header_WithANameThatIsNone_NeverArrivesAndBreaksNothing(string line)
    {
        var space = await ServeOkAsync();

        var answer = await AskAsync(line, "X-Stint-\vx: forged", "X-Forwarded-\v: forged", "Content-Length: 0", "Connection: close", "", "");

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(space.Seen.Single().Headers, header => header.Value == "forged");
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

    /// <summary>A proxy that drops what a client names as of this hop only would drop what it set itself.</summary>
    [Theory]
    [InlineData("X-IP-Token, close")]
    [InlineData("close, x-ip-token, X-Forwarded-For, Cookie")]
    public async Task Header_NamedAsOfThisHopOnly_IsSetAllTheSame(string connection)
    {
        var space = await ServeOkAsync();

        await AskAsync("POST /run/x HTTP/1.1", $"Connection: {connection}", "X-IP-Token: ", "Content-Length: 2", "", "{}");

        if (space.Seen.IsEmpty) return;
        Assert.Equal(IdentityId.OfNetwork("127.0.0.1"), RecognisingTests.Facts(space, Hub).Identity);
        Assert.Equal("127.0.0.1", space.Seen.Single().Headers["X-Forwarded-For"]);
    }

    private Task<string> AskAsync(string line, params string[] rest) => RawClient.SendAsync(Hub.Address, $"{line}\r\nHost: {Hub.Address.Authority}\r\n{string.Join("\r\n", rest)}");

    private static string Mixed(string name) => string.Concat(name.Select((letter, i) => i % 2 == 0 ? char.ToUpperInvariant(letter) : char.ToLowerInvariant(letter)));
}
