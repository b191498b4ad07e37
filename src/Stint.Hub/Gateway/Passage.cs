using Stint.Core.Identities;
using Stint.Hub.Gateway.Hosts;
using Stint.Hub.Gateway.Streams;
using Stint.Hub.Tokens;

namespace Stint.Hub.Gateway;

/// <summary>One request on its way through the gateway: to which Space, as what, in whose name.</summary>
internal sealed class Passage(SpaceHost host, GradioCall call, Attribution? attribution)
{
    public SpaceHost Host { get; } = host;
    public GradioCall Call { get; } = call;

    /// <summary>Null where nobody asked: files of the page, preflights.</summary>
    public Attribution? Attribution { get; } = attribution;

    /// <summary>True where the Space is told the host name that its visitor typed.</summary>
    public bool KeepsHost { get; set; }

    /// <summary>The event it starts; null where it starts none.</summary>
    public LiveEvent? Event { get; set; }

    /// <summary>What the Space is told of who pays; null where it is told nothing.</summary>
    public string? IdentityToken { get; set; }

    /// <summary>Its body, where it was read to the end before it is forwarded.</summary>
    public ReadOnlyMemory<byte>? Whole { get; set; }

    /// <summary>What its body says; null where nobody looked.</summary>
    public JoinBody? Body { get; set; }

    /// <summary>The stream of messages that goes back; null where there is none.</summary>
    public MessageStream? Messages { get; set; }

    /// <summary>Events that this stream spoke of and that have not completed.</summary>
    public HashSet<LiveEvent> Open { get; } = [];

    /// <summary>True once an event completed in this stream: who closes it after that has what they came for.</summary>
    public bool HasCompleted { get; set; }
}
