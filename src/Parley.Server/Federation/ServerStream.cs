using System.Collections.Concurrent;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Routing;
using Parley.Server.Sessions;

namespace Parley.Server.Federation;

/// <summary>A stream between two servers: which domain pairs it is good for, and the stanzas that it brings (RFC 6120 §4.5, §8.1).</summary>
internal abstract class ServerStream : XmppStream
{
    // Dialbacks end on any thread.
    private readonly ConcurrentDictionary<DomainPair, byte> _verified = new();
    private readonly ReceivedStanzas _received = new();
    private ReadOnlyMemory<byte> _language;

    private protected ServerStream(StreamConnection connection, FederationServices services)
        : base(connection, services.Streams) => Services = services;

    /// <summary>The name of the stream: the receiving side's, once it has sent its header (RFC 6120 §4.7.3).</summary>
    internal string Id { get; private protected set; } = "";

    private protected FederationServices Services { get; }

    private protected StanzaContext Context { get; private set; } = new(Namespaces.Server, new XmlNamespaces(Namespaces.Server));

    private protected int VerifiedCount => _verified.Count;

    /// <summary>Takes what the peer's header declares for all that follows.</summary>
    private protected void TakeContext(StreamHeader header)
    {
        Context = new StanzaContext(Namespaces.Server, header.Declared);
        _language = header.Language is null ? default : Escaped(header.Language);
    }

    /// <summary>The peer may send stanzas of this pair from now on.</summary>
    private protected void Verified(Jid sender, Jid target) => _verified.TryAdd(new DomainPair(sender, target), 0);

    private protected bool IsVerified(Jid sender, Jid target) => _verified.ContainsKey(new DomainPair(sender, target));

    /// <summary>Takes a stanza of the peer's: its domains must be a pair that was verified on this stream (RFC 6120 §8.1.1.2, §8.1.2.2).</summary>
    /// <exception cref="StreamException">They are not.</exception>
    private protected ValueTask<Negotiation> ReceiveStanzaAsync(Stanza stanza, CancellationToken cancellationToken)
    {
        if (stanza.From is not { } from || stanza.IsFromMalformed || stanza.To is not { } to || stanza.IsToMalformed)
        {
            throw new StreamException(StreamErrorCondition.ImproperAddressing, "A stanza between servers needs a 'from' and a 'to'.");
        }

        if (!IsVerified(from.DomainJid, to.DomainJid))
        {
            throw Services.Domains.TryFind(to.DomainJid, out _)
                ? new StreamException(StreamErrorCondition.InvalidFrom, "The domain pair has not been verified on this stream.")
                : new StreamException(StreamErrorCondition.HostUnknown);
        }

        Meters.StanzaIn(stanza.Kind);
        _received.Begin();
        var routed = RouteAsync(stanza.WithDefaultLanguage(_language), cancellationToken);
        if (routed.IsCompletedSuccessfully && !_received.IsFull)
        {
            _received.End();
            return new(Negotiation.Continue);
        }

        return FinishAsync(routed, cancellationToken);
    }

    private async ValueTask<Negotiation> FinishAsync(ValueTask routed, CancellationToken cancellationToken)
    {
        await routed;
        _received.End();
        await _received.RoomAsync(cancellationToken);
        return Negotiation.Continue;
    }

    // What has to be durable may still be under way; a peer that sends faster than the store commits is read no further (ReceivedStanzas).
    private ValueTask RouteAsync(Stanza stanza, CancellationToken cancellationToken)
    {
        var delivery = new Delivery(stanza, null, Flush);
        if (stanza.Kind == StanzaKind.Iq && !IqSoundness.IsSound(stanza))
        {
            return Services.Router.Value.RefuseAsync(stanza, new StanzaError(StanzaErrorCondition.BadRequest), null, Flush, cancellationToken);
        }

        var routed = Services.Router.Value.RouteAsync(delivery, cancellationToken);
        if (!routed.IsCompletedSuccessfully)
        {
            return CommittedAsync(routed, delivery);
        }

        NoteCommit(delivery);
        return ValueTask.CompletedTask;
    }

    private async ValueTask CommittedAsync(ValueTask routed, Delivery delivery)
    {
        await routed;
        NoteCommit(delivery);
    }

    private void NoteCommit(Delivery delivery)
    {
        if (!delivery.IsCommitted)
        {
            _received.Until(Services.Router.Value.CommitAsync(delivery), delivery.IsHeld);
        }
    }

    private static ReadOnlyMemory<byte> Escaped(string language)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>(language.Length);
        Utf8XmlWriter.EscapeAttribute(Encoding.UTF8.GetBytes(language), output);
        return output.WrittenMemory;
    }
}
