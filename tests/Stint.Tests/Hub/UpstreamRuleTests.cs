using System.Net;
using Stint.Hub;
using Xunit;

namespace Stint.Tests.Hub;

public sealed class UpstreamRuleTests
{
    private readonly UpstreamRule rule = new([7860, 7861]);

    [Theory]
    [InlineData("http://127.0.0.1:7862")]
    [InlineData("http://10.1.2.3:7860")]
    [InlineData("https://apps.example.org/demo")]
    [InlineData("http://localhost:8000/")]
    [InlineData("http://[2001:db8::1]:7860")]
    [InlineData("http://169.253.255.255")]
    [InlineData("http://223.255.255.255")]
    public void Problem_OfAPlaceForASpace_IsNone(string text) => Assert.Null(rule.Problem(text));

    [Theory]
    [InlineData("", "http://HOST:PORT")]
    [InlineData("127.0.0.1:7862", "http://HOST:PORT")]
    [InlineData("/tmp/socket", "http://HOST:PORT")]
    [InlineData("file:///etc/passwd", "http://HOST:PORT")]
    [InlineData("ftp://example.org", "http://HOST:PORT")]
    [InlineData("http://ada:secret@example.org", "user name")]
    [InlineData("http://example.org/?a=b", "'?'")]
    [InlineData("http://example.org/#a", "'#'")]
    [InlineData("http://169.254.169.254/latest", "link-local")]
    [InlineData("http://2852039166/", "link-local")]
    [InlineData("http://0xa9fea9fe/", "link-local")]
    [InlineData("http://[::ffff:169.254.169.254]/", "link-local")]
    [InlineData("http://[64:ff9b::a9fe:a9fe]/", "link-local")]
    [InlineData("http://[::a9fe:a9fe]/", "link-local")]
    [InlineData("http://[fe80::1]/", "link-local")]
    [InlineData("http://[fd00:ec2::254]/", "secrets")]
    [InlineData("http://100.100.100.200/", "secrets")]
    [InlineData("http://metadata.google.internal./", "secrets")]
    [InlineData("http://METADATA/", "secrets")]
    [InlineData("http://0.0.0.0:8000", "no address")]
    [InlineData("http://[::]:8000", "no address")]
    [InlineData("http://224.0.0.1", "no address")]
    [InlineData("http://255.255.255.255", "no address")]
    [InlineData("http://127.0.0.1:7860", "the hub itself")]
    [InlineData("http://127.8.0.1:7861", "the hub itself")]
    [InlineData("http://[::1]:7861", "the hub itself")]
    [InlineData("http://[::ffff:127.0.0.1]:7861", "the hub itself")]
    [InlineData("http://LOCALHOST:7860", "the hub itself")]
    [InlineData("http://x.localhost.:7860", "the hub itself")]
    public void Problem_OfWhatNoSpaceMayBe_SaysWhy(string text, string expected) =>
        Assert.Contains(expected, rule.Problem(text) ?? "", StringComparison.Ordinal);

    [Fact]
    public void Problem_OfAResolvedAddress_IsTheSameRule()
    {
        Assert.Contains("link-local", rule.Problem(IPAddress.Parse("169.254.1.1"), 80)!, StringComparison.Ordinal);
        Assert.Contains("the hub itself", rule.Problem(IPAddress.IPv6Loopback, 7860)!, StringComparison.Ordinal);
        Assert.Null(rule.Problem(IPAddress.Loopback, 80));
    }

    [Fact]
    public void Problem_WithASecretInIt_DoesNotRepeatIt() =>
        Assert.DoesNotContain("hunter2", rule.Problem("http://ada:hunter2@example.org")!, StringComparison.Ordinal);
}
