using System.Net;
using System.Net.Sockets;
using Stint.Core.Quota;
using Stint.Hub.Accounts;
using Stint.Hub.Store;
using Stint.Hub.Store.Instructions;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Tokens;

namespace Stint.Hub.Commands;

/// <summary>A data directory opened for one command, beside a hub that serves it or without one.</summary>
internal sealed class OpenHub : IDisposable
{
    private readonly HubDirectory directory;

    /// <exception cref="HubDirectoryException">When it cannot be used; the message says what to do.</exception>
    public OpenHub(string path)
    {
        directory = new HubDirectory(path);
        Database = new Database(directory.Path);
        Catalogue = new Catalogue(Database);
        Reads = new LedgerReads(Database);
        Runs = new MeasuredRuns(Database);
        Instructions = new InstructionBox(Catalogue);
        Links = new SetUpLinks(Catalogue);
        Passwords = new Passwords(Catalogue);
        Address = Catalogue.Address() ?? AddressOf(new HubOptions());
    }

    public string Path => directory.Path;

    public Database Database { get; }

    public Catalogue Catalogue { get; }

    public LedgerReads Reads { get; }

    public MeasuredRuns Runs { get; }

    public InstructionBox Instructions { get; }

    public SetUpLinks Links { get; }

    public Passwords Passwords { get; }

    /// <summary>Where the hub is, or was when it last ran; the defaults where it never did.</summary>
    public HubAddress Address { get; }

    /// <summary>Made on first use; a hub that starts later takes these over.</summary>
    public HubKeys Keys => field ??= HubKeys.Open(directory.Path);

    public AccessTokens Tokens => field ??= new AccessTokens(Catalogue, Keys.DeriveKey(AccessTokens.KeyPurpose));

    public Instant Now { get; } = Instant.From(TimeProvider.System.GetUtcNow());

    /// <summary>Ledger time, as a hub that started now would have it: the wall clock, but never before what is kept.</summary>
    public Instant LedgerNow => Instant.Max(Now, Reads.LastEvidence() ?? Now);

    /// <summary>The whole address of a set-up link.</summary>
    public Uri LinkOf(string secret) => new(Address.Url, SetUpLinks.PathOf(secret));

    /// <summary>True where something listens on this machine where the hub of this directory last did.</summary>
    public bool SeemsServed()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, Address.Ports is [var port, ..] ? port : Address.Url.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public void Dispose() => directory.Dispose();

    /// <summary>No ports: what nobody has started is nowhere.</summary>
    private static HubAddress AddressOf(HubOptions options) => new(options.Url, options.DeviceUrl, []);
}
