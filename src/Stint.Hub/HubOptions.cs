using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Stint.Hub.Nodes.Joining;

namespace Stint.Hub;

/// <summary>
/// What an operator may set: by <c>stint.json</c>, and over it by <c>stint up</c>'s own options. Every value here holds for
/// the life of the process.
/// </summary>
public sealed record HubOptions
{
    /// <summary>Everything the hub keeps lives under it. Absolute.</summary>
    [JsonIgnore]
    public string Directory { get; init; } = "";

    /// <summary>The public listener: pages and APIs.</summary>
    public int Port { get; init; } = 7860;

    /// <summary>The device API's own listener, loopback only. Stable, because Spaces that run elsewhere were told it.</summary>
    public int? DevicePort { get; init; }

    /// <summary>Where nodes reach the hub; null where none may join. TLS with <see cref="Certificate"/>, else loopback or a private address.</summary>
    public int? NodePort { get; init; }

    /// <summary>The address the nodes' listener binds to.</summary>
    public string NodeBind { get; init; } = "127.0.0.1";

    /// <summary>A node of which nothing was heard for so long is lost: its slots serve nobody until it has reported.</summary>
    public double NodeLostAfterSeconds { get; init; } = 5;

    /// <summary>The address the public listener binds to. Loopback unless the operator says otherwise.</summary>
    public string Bind { get; init; } = "127.0.0.1";

    /// <summary>How people reach this hub, where that is not <c>http://BIND:PORT</c>.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>Where Spaces have host names, <c>LABEL.DOMAIN</c>, on the public listener. Null gives each a port of its own.</summary>
    public string? SpacesDomain { get; init; }

    /// <summary>A PEM file with the certificate chain of the public listeners; with <see cref="CertificateKey"/> they speak TLS.</summary>
    public string? Certificate { get; init; }

    /// <summary>A PEM file with the private key of <see cref="Certificate"/>.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>Proxies in front of this hub, as addresses or networks. <c>X-Forwarded-For</c> is read only from them, from the right.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>The largest body a Space is sent.</summary>
    public int LargestUploadMebibytes { get; init; } = 1024;

    /// <summary>Slots to simulate where the machine has no NVIDIA GPU.</summary>
    public int SimulatedSlots { get; init; } = 2;

    /// <summary>Between SIGTERM and SIGKILL for a worker that overstays.</summary>
    public double GraceSeconds { get; init; } = 2;

    /// <summary>Processes that use this machine's GPUs without a lease are ended, not only reported.</summary>
    public bool KillUnleased { get; init; }

    /// <summary>The address that somebody names for their own alerts may be of a private network or this machine, and http.</summary>
    public bool PrivateWebhooks { get; init; }

    /// <summary>Where the hub is root, each supervised Space runs as a user of its own; false runs them as the hub's.</summary>
    public bool RunSpacesAsOwnUser { get; init; } = true;

    /// <summary>A Space that the hub runs sleeps once nobody has used it for so long; 0 for never. A Space may say otherwise.</summary>
    public int SpacesSleepAfterSeconds { get; init; } = 3600;

    /// <summary>Entries of the ledger and receipts older than this are rolled up into what they came to; 0 for never.</summary>
    public int KeepReceiptsDays { get; init; } = 400;

    /// <summary>Refusals older than this are gone but for their number; 0 for as long as receipts.</summary>
    public int KeepRefusalsDays { get; init; } = 30;

    /// <summary>Accounts, a Space and a demo.json to try things with. Refused on an address others can reach.</summary>
    [JsonIgnore]
    public bool Demo { get; init; }

    [JsonIgnore]
    public int DeviceListenerPort => DevicePort ?? Port + 1;

    [JsonIgnore]
    public Uri Url => PublicUrl ?? new Uri($"{(Certificate is null ? "http" : "https")}://{(IsLoopback ? "127.0.0.1" : Bind)}:{Port}");

    [JsonIgnore]
    public Uri DeviceUrl => new($"http://127.0.0.1:{DeviceListenerPort}");

    [JsonIgnore]
    public bool IsLoopback => IPAddress.TryParse(Bind, out var address) && IPAddress.IsLoopback(address);

    /// <exception cref="OptionsException">When the file is not there, is not JSON, or names an option that does not exist.</exception>
    public static HubOptions Read(string? file)
    {
        if (file is null) return new();
        try
        {
            return JsonSerializer.Deserialize<HubOptions>(File.ReadAllText(file), Format) ?? throw new OptionsException($"{file} holds no options; write {{}} for none");
        }
        catch (JsonException e)
        {
            throw new OptionsException($"{file} cannot be read: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new OptionsException($"{file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What is wrong with these options, as a sentence that says what to do; null when nothing is.</summary>
    public string? Problem() => this switch
    {
        { Port: < 1 or > 65535 } => $"port {Port} is outside 1 to 65535",
        { DeviceListenerPort: < 1 or > 65535 } => $"device port {DeviceListenerPort} is outside 1 to 65535; set devicePort",
        _ when DeviceListenerPort == Port => $"port {Port} cannot serve people and devices both; set devicePort to another",
        { NodePort: < 1 or > 65535 } => $"nodePort {NodePort} is outside 1 to 65535",
        _ when NodePort == Port || NodePort == DeviceListenerPort => $"nodePort {NodePort} is taken by the hub itself; choose another",
        _ when !IPAddress.TryParse(NodeBind, out _) => $"nodeBind '{NodeBind}' is no IP address; use 127.0.0.1 or a private one of this machine's",
        { NodePort: not null, Certificate: null } when !NodeListener.IsPrivate(IPAddress.Parse(NodeBind)) =>
            $"nodes say their secrets with each call, so without certificate nodeBind must be loopback or a private address, and {NodeBind} is neither",
        { NodeLostAfterSeconds: < 1 or > 600 } => $"nodeLostAfterSeconds {NodeLostAfterSeconds} is outside 1 to 600",
        _ when !IPAddress.TryParse(Bind, out _) => $"bind '{Bind}' is no IP address; use 127.0.0.1, 0.0.0.0 or one of this machine's",
        { Demo: true, IsLoopback: false } => "--demo gives away its passwords, so it serves this machine only; drop --demo or bind to 127.0.0.1",
        { Certificate: null } when CertificateKey is not null => "certificateKey is of no use without certificate; give both",
        { CertificateKey: null } when Certificate is not null => "certificate is of no use without certificateKey; give both",
        _ when new[] { Certificate, CertificateKey }.FirstOrDefault(file => file is not null && !File.Exists(file)) is { } missing => $"{missing} is not there",
        { SpacesDomain: { } domain } when Uri.CheckHostName(domain) != UriHostNameType.Dns => $"spacesDomain '{domain}' is no domain name; write it as spaces.example.org",
        { SpacesDomain: not null, PublicUrl: null } => "with spacesDomain, publicUrl must say how people reach the hub itself",
        _ when TrustedProxies.FirstOrDefault(proxy => !IPAddress.TryParse(proxy, out _) && !IPNetwork.TryParse(proxy, out _)) is { } wrong =>
            $"trustedProxies: '{wrong}' is no address and no network; write 10.0.0.1 or 10.0.0.0/8",
        { LargestUploadMebibytes: < 1 or > 1_048_576 } => $"largestUploadMebibytes {LargestUploadMebibytes} is outside 1 to 1048576",
        { SimulatedSlots: < 1 or > 10_000 } => $"simulatedSlots {SimulatedSlots} is outside 1 to 10000",
        { SpacesSleepAfterSeconds: < 0 or > 31_536_000 } => $"spacesSleepAfterSeconds {SpacesSleepAfterSeconds} is outside 0 to 31536000",
        { KeepReceiptsDays: < 0 or (> 0 and < 35) or > 36_500 } => $"keepReceiptsDays {KeepReceiptsDays} is neither 0 (for ever) nor within 35 to 36500; the pages of one's own use show a month",
        { KeepRefusalsDays: < 0 or > 36_500 } => $"keepRefusalsDays {KeepRefusalsDays} is outside 0 to 36500",
        { GraceSeconds: < 0 or > 600 } => $"graceSeconds {GraceSeconds} is outside 0 to 600",
        _ => null,
    };

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };
}

/// <summary>The options cannot be used; the message says why and what to do.</summary>
public sealed class OptionsException : Exception
{
    public OptionsException() { }
    public OptionsException(string message) : base(message) { }
    public OptionsException(string message, Exception inner) : base(message, inner) { }
}
