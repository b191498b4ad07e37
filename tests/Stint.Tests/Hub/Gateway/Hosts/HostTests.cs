using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Gateway.Hosts;

public sealed class HostTests : GatewayTest
{
    [Fact]
    public async Task Hosts_ASpaceThatComesAndGoes_HasAnAddressWhileItIsThere()
    {
        var fresh = new SpaceId("ada", "fresh");
        Assert.Null(Hub.AddressOf(fresh));

        Hub.Catalogue.AddSpace(new Space(fresh, new AccountId("id-ada"), SpaceVisibility.Public, new Uri("http://127.0.0.1:1"), null, null));
        await Eventually.True(() => Hub.AddressOf(fresh) is not null);
        var address = Hub.AddressOf(fresh)!;
        await Eventually.True(() => GatewayHub.Listens(address));
        Hub.Catalogue.RemoveSpace(fresh);

        await Eventually.True(() => Hub.AddressOf(fresh) is null && !GatewayHub.Listens(address));
        Assert.True(GatewayHub.Listens(Hub.Address));
    }

    [Fact]
    public async Task Hosts_WithACertificate_SpeakTlsWithCookiesForThisHostAlone()
    {
        using var folder = new TempDirectory();
        using var data = new TempDirectory();
        var (certificate, key) = Certificate(folder);
        await using var hub = await GatewayHub.StartAsync(data, options => options with { Certificate = certificate, CertificateKey = key });
        var space = await ServeOkAsync();
        hub.Serve(GatewayHub.Squares, space.Url);
        using var handler = new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Subject == "CN=127.0.0.1" } };
        using var client = new HttpClient(handler);
        Assert.Equal("https", hub.Address.Scheme);

        await Eventually.True(() => GatewayHub.Listens(hub.Address));
        Assert.Equal("ok", await client.GetStringAsync(new Uri(hub.Address, "/x")));
        using var marked = await client.GetAsync(new Uri(hub.Address, "/.stint/visitor?path=/"));

        Assert.Matches("^__Host-stint-visitor=.*; Path=/; .*; HttpOnly; Secure; SameSite=None; Partitioned$", marked.Headers.GetValues("Set-Cookie").Single());
        Assert.Equal("https", space.Seen.Single().Headers["X-Forwarded-Proto"]);
    }

    [Theory]
    [InlineData("spaces.example", null, null, null, "publicUrl")]
    [InlineData("not a domain", null, null, null, "no domain name")]
    [InlineData(null, "cert.pem", null, null, "certificateKey")]
    [InlineData(null, null, "key.pem", null, "of no use")]
    [InlineData(null, null, null, "10.0.0.0/40", "no address and no network")]
    [InlineData(null, "gone.pem", "gone.pem", null, "is not there")]
    public void Problem_OfOptionsThatCannotBe_SaysWhatToDo(string? domain, string? certificate, string? key, string? proxy, string says)
    {
        var options = new Stint.Hub.HubOptions { SpacesDomain = domain, Certificate = certificate, CertificateKey = key, TrustedProxies = proxy is null ? [] : [proxy] };

        Assert.Contains(says, options.Problem(), StringComparison.Ordinal);
    }

    private static (string Certificate, string Key) Certificate(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (certificate, secret) = (Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem"));
        File.WriteAllText(certificate, made.ExportCertificatePem());
        File.WriteAllText(secret, key.ExportPkcs8PrivateKeyPem());
        return (certificate, secret);
    }
}
