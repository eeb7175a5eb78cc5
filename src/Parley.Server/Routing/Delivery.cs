using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Sessions;

namespace Parley.Server.Routing;

/// <summary>A stanza on its way, as a <see cref="Stage"/> sees it.</summary>
/// <param name="Stanza">The stanza, its sender stamped and its recipient known.</param>
/// <param name="Account">The bare JID of the local account concerned: the sender's at <see cref="Stage.PreRoute"/>, the recipient's from <see cref="Stage.Deliver"/> on.</param>
/// <param name="Sender">The local session that sent it, or null.</param>
/// <param name="Flush">Where to note the connections that are written to.</param>
public sealed record Delivery(Stanza Stanza, Jid Account, ClientSession? Sender, FlushSet Flush)
{
    /// <summary>The stanza; a handler may put a changed one in its place for all that follows.</summary>
    public Stanza Stanza { get; set; } = Stanza;
}

/// <summary>What becomes of a stanza after a stage.</summary>
public enum Verdict
{
    /// <summary>It goes on to the next handler.</summary>
    Continue,

    /// <summary>It ends here: the handler has done with it what there was to do.</summary>
    Stop,
}

/// <summary>Looks at a stanza at a stage. To refuse it, throws <see cref="StanzaException"/>: the sender gets that error.</summary>
public delegate ValueTask<Verdict> StageHandler(Delivery delivery, CancellationToken cancellationToken);
