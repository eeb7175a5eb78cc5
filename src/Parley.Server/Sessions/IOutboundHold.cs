using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;

namespace Parley.Server.Sessions;

/// <summary>Stands before a session's output and decides what of it waits: a session has one, or none.</summary>
/// <remarks>
/// Called by any thread. It decides and writes under a lock of its own, so that what it kept is written before what comes later. While it has
/// the lock it calls nothing but <see cref="IOutboundWriter.Write"/>.
/// </remarks>
internal interface IOutboundHold
{
    /// <summary>Takes a stanza: keeps it, or writes what was kept, as far as that has to come first, and then the stanza.</summary>
    /// <param name="stanza">The stanza.</param>
    /// <param name="output">Where to write.</param>
    /// <param name="written">What was written to, to be flushed; null when the stanza waits.</param>
    /// <returns>False when the connection takes nothing more.</returns>
    bool TryTake(in OutboundStanza stanza, IOutboundWriter output, out OutputQueue? written);

    /// <summary>Writes all that is kept. From now on every stanza is written at once.</summary>
    /// <returns>What was written to, to be flushed; null when nothing was.</returns>
    OutputQueue? Release(IOutboundWriter output);
}

/// <summary>The output behind a hold.</summary>
internal interface IOutboundWriter
{
    /// <summary>Writes a stanza, and returns what is to be flushed; null when the connection takes nothing more.</summary>
    OutputQueue? Write(in OutboundStanza stanza);
}

/// <summary>A stanza for one session, with the addresses that it is written under.</summary>
/// <param name="Stanza">The stanza; its own addresses do not count.</param>
/// <param name="From">The sender, or null.</param>
/// <param name="To">The recipient, or null.</param>
/// <param name="Fallback">What becomes of it when it does not reach the client.</param>
internal readonly record struct OutboundStanza(Stanza Stanza, Jid? From, Jid? To, Fallback Fallback);
