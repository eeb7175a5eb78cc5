using System.Collections.Concurrent;
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
internal abstract partial class ServerStream : XmppStream
{
    // Dialbacks end on any thread. Most streams have one pair, and all of them wait in memory for their next stanza.
    private readonly ConcurrentDictionary<DomainPair, byte> _verified = new(concurrencyLevel: 1, capacity: 1);
    private readonly PeerStanzas _stanzas;
    private ReadOnlyMemory<byte> _language;

    // Whether the sender of the stanza at hand, though no address here, is of a domain that was verified.
    private bool _isFromTheirs;

    // What has waited for the stream leaves at once, and as much again may wait on it.
    private protected ServerStream(StreamConnection connection, ServerStreamServices services)
        : base(connection, services, (int)Math.Min(Math.Max(services.Federation.MaxQueuedBytes, services.Federation.MaxUnacknowledgedBytes) * 2L, int.MaxValue), isShared: true)
    {
        Services = services;
        _stanzas = new PeerStanzas(() => services.Router, Flush, Accepts);
    }

    /// <summary>The name of the stream: the receiving side's, once it has sent its header (RFC 6120 §4.7.3).</summary>
    internal string Id { get; private protected set; } = "";

    private protected ServerStreamServices Services { get; }

    private protected StanzaContext Context { get; private set; } = new(Namespaces.Server, new XmlNamespaces(Namespaces.Server));

    private protected int VerifiedCount => _verified.Count;

    /// <summary>The domain pairs whose stanzas the peer may send.</summary>
    internal ICollection<DomainPair> Pairs => _verified.Keys;

    /// <summary>Whether the peer may send stanzas of a pair.</summary>
    internal bool Has(DomainPair pair) => _verified.ContainsKey(pair);

    /// <summary>Takes what the peer's header declares for all that follows.</summary>
    private protected void TakeContext(StreamHeader header)
    {
        Context = new StanzaContext(Namespaces.Server, header.Declared);
        _language = EscapedLanguage(header.Language);
    }

    /// <summary>The peer may send stanzas of this pair from now on.</summary>
    private protected void Verified(Jid sender, Jid target) => _verified.TryAdd(new DomainPair(sender, target), 0);

    private protected bool IsVerified(Jid sender, Jid target) => _verified.ContainsKey(new DomainPair(sender, target));

    /// <summary>Takes a stanza of the peer's.</summary>
    /// <param name="stanza">The stanza.</param>
    /// <param name="element">Its bytes.</param>
    /// <param name="cancellationToken">The connection's.</param>
    private protected ValueTask<Negotiation> ReceiveStanzaAsync(Stanza stanza, ReadOnlySpan<byte> element, CancellationToken cancellationToken)
    {
        _isFromTheirs = stanza.IsFromMalformed && IsOfVerifiedDomain(XmlElement.Parse(element.ToArray(), Context.Declared).Attribute("from")!);
        Meters.StanzaIn(stanza.Kind);
        var handled = _stanzas.ReceiveAsync(stanza.WithDefaultLanguage(_language), cancellationToken);
        return handled.IsCompletedSuccessfully ? new(Negotiation.Continue) : Continued(handled);

        static async ValueTask<Negotiation> Continued(ValueTask handled)
        {
            await handled;
            return Negotiation.Continue;
        }
    }

    // What the other server has handed to its socket is nowhere else: it counts as delivered there. Under stream management it is told what arrived.
    private protected override bool Lingers(StreamException reason)
    {
        if (_acknowledgements is not null || VerifiedCount == 0 || !HeaderSent || reason.Condition is not (StreamErrorCondition.SystemShutdown or StreamErrorCondition.ConnectionTimeout))
        {
            return false;
        }

        Output.End(reason);
        Output.Flush();
        return true;
    }

    /// <summary>Looks at a stanza: its domains must be a pair that was verified on this stream (RFC 6120 §8.1.1.2, §8.1.2.2).</summary>
    /// <exception cref="StreamException">They are not.</exception>
    private bool Accepts(Stanza stanza)
    {
        if (_isFromTheirs)
        {
            // Addresses are prepared differently elsewhere: nobody can be answered at this one, and the others of the other server keep their stream.
            return false;
        }

        if (stanza.From is not { } from || (stanza.To is null && !stanza.IsToMalformed))
        {
            throw new StreamException(StreamErrorCondition.ImproperAddressing, "A stanza between servers needs a 'from' and a 'to'.");
        }

        if (stanza.To is not { } to)
        {
            // Likewise: any user of the other server may write to one that is none here, and is told.
            var target = Pairs.FirstOrDefault(pair => pair.Sender.Equals(from.DomainJid)).Target
                ?? throw new StreamException(StreamErrorCondition.InvalidFrom, "The domain has not been verified on this stream.");
            return Refuse(stanza.WithAddresses(from, target), StanzaErrorCondition.JidMalformed);
        }

        if (!IsVerified(from.DomainJid, to.DomainJid))
        {
            throw Services.IsOurs(to.DomainJid)
                ? new StreamException(StreamErrorCondition.InvalidFrom, "The domain pair has not been verified on this stream.")
                : new StreamException(StreamErrorCondition.HostUnknown);
        }

        if ((stanza.Kind == StanzaKind.Iq && !stanza.IsSoundIq())
            || (stanza.Kind == StanzaKind.Presence && !Services.Registry.InboundPresence.ContainsKey(stanza.Type)))
        {
            return Refuse(stanza, StanzaErrorCondition.BadRequest);
        }

        return true;
    }

    private bool IsOfVerifiedDomain(string address)
    {
        var bare = address.Split('/', 2)[0];
        return Jid.TryParse(bare[(bare.IndexOf('@', StringComparison.Ordinal) + 1)..], out var domain) && Pairs.Any(pair => pair.Sender.Equals(domain));
    }

    // The answer leaves on the stream that goes there; an error or a result gets none (RFC 6120 §8.2.3, §8.3.1), an iq of no type that there is gets one.
    private bool Refuse(Stanza stanza, StanzaErrorCondition condition)
    {
        if (stanza.Type is not StanzaType.Error and not StanzaType.Result)
        {
            var answered = Services.Router.RouteAsync(stanza.ErrorReply(new StanzaError(condition)), null, Flush, CancellationToken.None);
            if (!answered.IsCompletedSuccessfully)
            {
                _ = FlushBehindAsync(answered);
            }
        }

        return false;
    }

    // The batch that the stanza came in may have been flushed by then.
    private async Task FlushBehindAsync(ValueTask answered)
    {
        await answered;
        Flush.Flush();
    }
}
