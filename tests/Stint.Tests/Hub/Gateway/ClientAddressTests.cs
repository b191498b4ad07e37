using System.Net;
using Microsoft.AspNetCore.Http;
using Stint.Hub;
using Stint.Hub.Gateway.Recognising;
using Xunit;

namespace Stint.Tests.Hub.Gateway;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData("203.0.113.7", "198.51.100.1", "203.0.113.7")]
    [InlineData("10.0.0.1", "198.51.100.1", "198.51.100.1")]
    [InlineData("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1")]
    [InlineData("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1")]
    [InlineData("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3")]
    [InlineData("10.0.0.1", "", "10.0.0.1")]
    [InlineData("10.0.0.1", "1.2.3.4, unknown", "10.0.0.1")]
    [InlineData("10.0.0.1", "198.51.100.1:4711", "198.51.100.1")]
    [InlineData("10.0.0.1", "[2001:db8::1]:443", "2001:db8::1")]
    [InlineData("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1")]
    [InlineData("192.168.7.7", "198.51.100.1", "198.51.100.1")]
    [InlineData("10.0.0.1", "10.9.9.9, 198.51.100.1", "198.51.100.1")]
    [InlineData("10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.2, 10.0.0.3", "203.0.113.9")]
    [InlineData("10.0.0.1", "198.51.100.1, garbage, 10.0.0.2", "10.0.0.2")]
    [InlineData("10.0.0.1", "198.51.100.1,,", "198.51.100.1")]
    [InlineData("10.0.0.1", "\"198.51.100.1\"", "10.0.0.1")]
    [InlineData("10.0.0.1", "for=198.51.100.1", "10.0.0.1")]
    [InlineData("10.0.0.1", "_hidden", "10.0.0.1")]
    [InlineData("10.0.0.1", "2001:db8::7", "2001:db8::7")]
    [InlineData("10.0.0.1", "[2001:db8::7", "10.0.0.1")]
    [InlineData("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1")]
    [InlineData("10.0.0.1", "198.51.100.1:", "198.51.100.1")]
    [InlineData("10.0.0.1", "999.1.1.1", "10.0.0.1")]
    [InlineData("127.0.0.1", "198.51.100.1", "127.0.0.1")]
    public void Apply_BehindProxies_WalksFromTheRightOverThoseThatWereNamed(string peer, string header, string client)
    {
        var context = Request(peer, header);

        new ClientAddress(new HubOptions { TrustedProxies = ["10.0.0.0/8", "192.168.7.7"] }).Apply(context);

        Assert.Equal(IPAddress.Parse(client), context.Connection.RemoteIpAddress);
    }

    /// <summary>What a proxy appends to stands on the right, in whichever line; what anyone wrote before it is not even looked at, however much that is.</summary>
    [Fact]
    public void Apply_OfTenThousandEntriesInManyLines_StopsAtTheFirstThatIsNoProxy()
    {
        var context = Request("10.0.0.1", "");
        var lines = Enumerable.Range(0, 1_000).Select(_ => string.Join(", ", Enumerable.Repeat("198.51.100.66", 10))).Append("203.0.113.7, 10.0.0.2").ToArray();
        context.Request.Headers["X-Forwarded-For"] = lines;

        new ClientAddress(new HubOptions { TrustedProxies = ["10.0.0.0/8"] }).Apply(context);

        Assert.Equal(IPAddress.Parse("203.0.113.7"), context.Connection.RemoteIpAddress);
    }

    [Fact]
    public void Apply_OfNothingButProxies_GivesUpAfterSoMany()
    {
        var context = Request("10.0.0.1", string.Join(", ", Enumerable.Repeat("10.0.0.2", 10_000).Prepend("198.51.100.66")));

        new ClientAddress(new HubOptions { TrustedProxies = ["10.0.0.0/8"] }).Apply(context);

        Assert.Equal(IPAddress.Parse("10.0.0.2"), context.Connection.RemoteIpAddress);
    }

    [Theory]
    [InlineData("10.0.0.1", "https", "https")]
    [InlineData("10.0.0.1", "http, https", "https")]
    [InlineData("10.0.0.1", "javascript", "http")]
    [InlineData("203.0.113.7", "https", "http")]
    public void Apply_TheScheme_IsBelievedOnlyFromAProxyThatWasNamed(string peer, string header, string scheme)
    {
        var context = Request(peer, "");
        context.Request.Headers["X-Forwarded-Proto"] = header;

        new ClientAddress(new HubOptions { TrustedProxies = ["10.0.0.0/8"] }).Apply(context);

        Assert.Equal(scheme, context.Request.Scheme);
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:3::1", "2001:db8:1:3::/64")]
    public void OfNetwork_AnAddress_IsItOrItsFirst64Bits(string address, string network) => Assert.Equal(network, RequestIdentity.OfNetwork(IPAddress.Parse(address)).Network);

    private static DefaultHttpContext Request(string peer, string header)
    {
        var context = new DefaultHttpContext { Request = { Scheme = "http" } };
        context.Connection.RemoteIpAddress = IPAddress.Parse(peer);
        context.Request.Headers["X-Forwarded-For"] = header;
        return context;
    }
}
