using System.Buffers;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Sessions.Management;

namespace Parley.Server.Sessions;

/// <summary>A client's stream: what has been negotiated on it, and where its elements go (RFC 6120 §4, RFC 6121).</summary>
public sealed class ClientStream : XmppStream
{
    private readonly ClientStreamServices _services;
    private StanzaContext _context = StanzaContext.Client();
    private ReadOnlyMemory<byte> _language;

    internal ClientStream(StreamConnection connection, ClientStreamServices services)
        : base(connection, services, services.Options.MaxOutputBytes) => _services = services;

    /// <summary>The bare JID that the client authenticated as; null before.</summary>
    public Jid? Account { get; private set; }

    /// <summary>The bound resource; null before.</summary>
    public ClientSession? Session { get; private set; }

    /// <summary>The SASL exchange under way, or null.</summary>
    internal ISaslServerMechanism? SaslExchange { get; set; }

    /// <summary>How many authentications have failed on this stream.</summary>
    internal int AuthenticationFailures { get; set; }

    /// <summary>How many times binding a resource was refused on this stream.</summary>
    internal int BindingFailures { get; set; }

    private bool MustSecure => !IsSecure && !Options.AllowInsecure;

    internal ClientStreamServices Services => _services;

    /// <summary>Answers a stream header with our own and the features that are on offer now (RFC 6120 §4.3.2).</summary>
    internal override void ReceiveHeader(ReadOnlySpan<byte> opening)
    {
        StreamHeader? header = null;
        try
        {
            Connection.Framing.ReadHeader(opening, out header);
            CheckVersion(header);
            ChooseDomain(header);
        }
        finally
        {
            // Ours comes first, an error after it (RFC 6120 §4.9.1.2).
            SendHeader(header);
        }

        if (MustSecure && State.HasFlag(StreamState.OverHttp))
        {
            throw new StreamException(StreamErrorCondition.PolicyViolation, "This server takes no streams without TLS: connect by https.");
        }

        _context = new StanzaContext(Namespaces.Client, header.Declared);
        _language = EscapedLanguage(header.Language);
        SendFeatures();
    }

    /// <summary>Handles one top-level element.</summary>
    /// <exception cref="StreamException">The element ends the stream.</exception>
    internal override ValueTask<Negotiation> ReceiveAsync(ReadOnlySpan<byte> element, CancellationToken cancellationToken)
    {
        if (Session?.Acknowledgements?.TryTake(element) == true)
        {
            return new(Negotiation.Continue);
        }

        if (Stanza.Read(element, _context) is not { } stanza)
        {
            return NegotiateAsync(XmlElement.Parse(element.ToArray(), _context.Declared), cancellationToken);
        }

        if (Session is null)
        {
            return NegotiateAsync(stanza, cancellationToken);
        }

        Meters.StanzaIn(stanza.Kind);
        var handled = Session.ReceiveAsync(stanza.WithDefaultLanguage(_language), Flush, cancellationToken);
        return handled.IsCompletedSuccessfully ? new(Negotiation.Continue) : Continued(handled);

        static async ValueTask<Negotiation> Continued(ValueTask handled)
        {
            await handled;
            return Negotiation.Continue;
        }
    }

    /// <summary>Writes a stanza on a stream that has no session yet.</summary>
    public void Send(Stanza stanza) => Output.Write(stanza, stanza.From, stanza.To);

    internal override Task SecureAsync(Func<Task> handshake)
    {
        // Nothing that was said in plaintext counts any more (RFC 6120 §5.4.3.3).
        SaslExchange = null;
        return base.SecureAsync(handshake);
    }

    /// <summary>The client is who it says.</summary>
    internal void Authenticated(Jid account)
    {
        Account = account;
        State |= StreamState.Authenticated;
        SaslExchange = null;
        HeaderSent = false;
    }

    /// <summary>Binds a resource; the session that had it is ended with a conflict.</summary>
    /// <returns>The session, or null when the account has too many.</returns>
    internal async ValueTask<ClientSession?> BindAsync(Jid full)
    {
        // A client that lost its session does not come back for it: those that wait make room.
        Session = _services.Sessions.Bind(this, full, Options.MaxResources, out var replaced);
        while (Session is null && _services.Sessions.Find(full.Bare)?.All.FirstOrDefault(static session => session.IsDetached) is { } waiting)
        {
            await waiting.EndAsync();
            Session = _services.Sessions.Bind(this, full, Options.MaxResources, out replaced);
        }

        if (Session is null)
        {
            return null;
        }

        State |= StreamState.Bound;
        Meters.SessionBound();
        Log.Bound(_services.Logger, Connection.Id, full.ToString());
        SetDeadline(Options.IdleTimeout);
        replaced?.Terminate(new StreamException(StreamErrorCondition.Conflict, "Replaced by a new connection."));
        return Session;
    }

    /// <summary>Goes on with a session whose connection was lost.</summary>
    /// <returns>False when it has ended, or is on a stream again.</returns>
    /// <exception cref="StreamException">The client claims to have handled more than it was sent.</exception>
    internal async ValueTask<bool> TryResumeAsync(ClientSession session, uint handled, CancellationToken cancellationToken)
    {
        if (!session.TryAttach(this, handled))
        {
            return false;
        }

        Session = session;
        State |= StreamState.Bound;

        // A resumed stream is active, whatever the client said on the last one (XEP-0352 §5.2).
        session.Release(Flush);
        Log.Resumed(_services.Logger, Connection.Id, session.Jid.ToString());
        SetDeadline(Options.IdleTimeout);
        foreach (var handler in _services.Registry.Resumed)
        {
            await handler(session, Flush, cancellationToken);
        }

        return true;
    }

    internal override void NoteActivity()
    {
        if (Session is not null && Options.IdleTimeout > TimeSpan.Zero)
        {
            SetDeadline(Options.IdleTimeout);
        }
    }

    private protected override bool TryKeep() => Session?.TryDetach(this) == true;

    private protected override Task EndedAsync() => Session?.EndAsync(this) ?? Task.CompletedTask;

    private protected override string? Check(long timestamp) =>
        Session?.Acknowledgements?.Check(timestamp, Options.AcknowledgementTimeout) == false ? "An acknowledgement was not answered." : null;

    private void ChooseDomain(StreamHeader header)
    {
        if (string.IsNullOrEmpty(header.To))
        {
            throw new StreamException(StreamErrorCondition.ImproperAddressing, "The stream header needs a 'to'.");
        }

        if (!Jid.TryParse(header.To, out var domain) || !domain.IsDomain || !Options.Domains.Contains(domain.Domain))
        {
            throw new StreamException(StreamErrorCondition.HostUnknown);
        }

        if (Account is not null && !Account.DomainJid.Equals(domain))
        {
            throw new StreamException(StreamErrorCondition.NotAuthorized, "Authenticated for another domain.");
        }

        Domain = domain;
    }

    private protected override void SendHeader(StreamHeader? theirs)
    {
        HeaderSent = true;
        var ours = new StreamHeader
        {
            From = (Domain ?? Options.DomainJids[0]).Domain,
            To = theirs?.From is { } from && Jid.TryParse(from, out var jid) ? jid.Bare.ToString() : null,
            Id = NewId(),
            Language = "en",
        };
        Output.Write(ours);
    }

    private void SendFeatures()
    {
        var output = new ArrayBufferWriter<byte>(512);
        output.Write("<stream:features>"u8);
        var writer = new Utf8XmlWriter(output, Namespaces.Client);

        // Where TLS has to come first it is all there is to offer (RFC 6120 §5.3.1).
        foreach (var feature in _services.Registry.StreamFeatures)
        {
            if (IsOnOffer(feature) && (!MustSecure || feature is StartTls))
            {
                feature.Advertise(this, writer);
            }
        }

        output.Write("</stream:features>"u8);
        Output.Write(output.WrittenSpan);
    }

    private ValueTask<Negotiation> NegotiateAsync(XmlElement element, CancellationToken cancellationToken)
    {
        if (element.Is(PeersError))
        {
            // The stream is over for the client; an error is not answered with another (RFC 6120 §4.9.1.1).
            return new(Negotiation.Close);
        }

        var feature = _services.Registry.ForElement(new XmlName(element.LocalName, element.NamespaceUri));
        if (feature is not null && IsOnOffer(feature))
        {
            return feature.NegotiateAsync(this, element, cancellationToken);
        }

        throw State.HasFlag(StreamState.Authenticated)
            ? new StreamException(StreamErrorCondition.UnsupportedStanzaType)
            : new StreamException(StreamErrorCondition.NotAuthorized);
    }

    private ValueTask<Negotiation> NegotiateAsync(Stanza stanza, CancellationToken cancellationToken)
    {
        if (stanza.IsRequest && stanza.Children.Count == 1)
        {
            var payload = stanza.Element(stanza.Children[0]);
            if (_services.Registry.ForPayload(new XmlName(payload.LocalName, payload.NamespaceUri)) is { } feature && IsOnOffer(feature))
            {
                return feature.NegotiateAsync(this, stanza, payload, cancellationToken);
            }
        }

        throw new StreamException(StreamErrorCondition.NotAuthorized, "Authenticate and bind a resource first.");
    }

    private bool IsOnOffer(IStreamFeature feature) =>
        (State & feature.Requires) == feature.Requires && (State & feature.Forbids) == StreamState.None;
}
