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
    public void Apply_BehindProxies_WalksFromTheRightOverThoseThatWereNamed(string peer, string header, string client)
    {
        var context = Request(peer, header);

        new ClientAddress(new HubOptions { TrustedProxies = ["10.0.0.0/8", "192.168.7.7"] }).Apply(context);

        Assert.Equal(IPAddress.Parse(client), context.Connection.RemoteIpAddress);
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
