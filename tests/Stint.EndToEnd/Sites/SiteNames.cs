using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Stint.EndToEnd.Sites;

/// <summary>
/// Names that lead to this machine, and the one certificate for all of them. To a browser each is another site than the others,
/// as a hub and its Spaces are where people reach them: on one address with ports there is nothing that could be third-party.
/// </summary>
internal sealed class SiteNames : IDisposable
{
    public const string Hub = "hub.test";
    public const string Spaces = "spaces.example";

    /// <summary>A page of neither.</summary>
    public const string Other = "other.test";

    /// <summary>What such a page frames.</summary>
    public const string Framed = "framed.example";

    private readonly string folder = Directory.CreateTempSubdirectory("stint-names-").FullName;

    public SiteNames()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Stint end-to-end", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in new[] { Hub, $"*.{Spaces}", Other, Framed }) names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(CertificateFile, made.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        Certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        BrowserArguments =
        [
            $"--host-resolver-rules=MAP {Hub} 127.0.0.1,MAP *.{Spaces} 127.0.0.1,MAP {Other} 127.0.0.1,MAP {Framed} 127.0.0.1",
            $"--ignore-certificate-errors-spki-list={Convert.ToBase64String(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))}",
        ];
    }

    public X509Certificate2 Certificate { get; }
    public string CertificateFile => Path.Combine(folder, "certificate.pem");
    public string KeyFile => Path.Combine(folder, "key.pem");

    /// <summary>By these a browser finds the names and believes this certificate, and no other of its kind.</summary>
    public string[] BrowserArguments { get; }

    /// <summary>The same for a program.</summary>
    public SocketsHttpHandler Handler() => new SocketsHttpHandler
    {
        ConnectCallback = async (context, stop) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, stop);
            return new NetworkStream(socket, ownsSocket: true);
        },
        SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null && shown.GetRawCertData().AsSpan().SequenceEqual(Certificate.RawData) },
    };

    public void Dispose()
    {
        Certificate.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
