using System.Buffers;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Hosting;
using Parley.Server.Sessions.Management;

namespace Parley.Server.Sessions;

/// <summary>A client's stream: what has been negotiated on it, and where its elements go (RFC 6120 §4, RFC 6121).</summary>
/// <remarks>One logical thread at a time receives; <see cref="Terminate(StreamException)"/> and the heartbeat may come from any.</remarks>
public sealed class ClientStream : IHeartbeatTarget
{
    private static readonly XmlName PeersError = new("error", Namespaces.Streams);
    private readonly ClientStreamServices _services;
    private StanzaContext _context = StanzaContext.Client();
    private ReadOnlyMemory<byte> _language;
    private StreamException? _terminated;

    // Whether the session may outlive the stream, whatever was the reason given last.
    private bool _keepsSession = true;
    private long _deadline;

    // Whether the present stream has been opened from this side; a restart begins another.
    private bool _headerSent;

    internal ClientStream(StreamConnection connection, ClientStreamServices services)
    {
        Connection = connection;
        _services = services;
        State = connection.InitialState;
        Output = new OutputQueue(
            services.WireLog?.Before(connection, connection.Id) ?? connection, connection.Framing, services.Options.MaxOutputBytes, OnOverflow);
        SetDeadline(services.Options.NegotiationTimeout);
    }

    /// <summary>What has been negotiated.</summary>
    public StreamState State { get; private set; }

    /// <summary>The connection below.</summary>
    public StreamConnection Connection { get; }

    /// <summary>The bytes on their way to the client.</summary>
    public OutputQueue Output { get; }

    /// <summary>The connections that the stanzas of the present batch wrote to.</summary>
    public FlushSet Flush { get; } = new();

    /// <summary>The hosted domain that the stream is addressed to; null before the first header.</summary>
    public Jid? Domain { get; private set; }

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

    public bool IsSecure => State.HasFlag(StreamState.Secure);

    public XmppServerOptions Options => _services.Options;

    private bool MustSecure => !IsSecure && !Options.AllowInsecure;

    internal ClientStreamServices Services => _services;

    internal ServerMeters Meters => _services.Meters;

    internal XmlLimits Limits => State.HasFlag(StreamState.Authenticated) ? Options.StanzaLimits : Options.StanzaLimitsBeforeAuthentication;

    /// <summary>Why the stream is to end, set from outside the read loop; null while it goes on.</summary>
    internal StreamException? Terminated => Volatile.Read(ref _terminated);

    /// <summary>Answers a stream header with our own and the features that are on offer now (RFC 6120 §4.3.2).</summary>
    internal void ReceiveHeader(ReadOnlySpan<byte> opening)
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
        _language = header.Language is null ? default : EscapedLanguage(header.Language);
        SendFeatures();
    }

    /// <summary>Handles one top-level element.</summary>
    /// <exception cref="StreamException">The element ends the stream.</exception>
    internal ValueTask<Negotiation> ReceiveAsync(ReadOnlySpan<byte> element, CancellationToken cancellationToken)
    {
        if (Session is { IsManaged: true } managed && IsAcknowledgement(managed, element))
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

    /// <summary>Writes an element that is no stanza.</summary>
    public void Send(Action<Utf8XmlWriter> write) => Output.Write(XmlFragment.Build(write, Namespaces.Client));

    /// <summary>Writes a stanza on a stream that has no session yet.</summary>
    public void Send(Stanza stanza) => Output.Write(stanza, stanza.From, stanza.To);

    /// <summary>Lays TLS upon the connection; the client opens the stream anew.</summary>
    /// <param name="handshake">Its handshake.</param>
    internal async Task SecureAsync(Func<Task> handshake)
    {
        Output.Flush();
        await Output.DrainAsync();
        _headerSent = false;

        // Nothing that was said in plaintext counts any more (RFC 6120 §5.4.3.3).
        SaslExchange = null;
        await handshake();
        State |= StreamState.Secure;
    }

    /// <summary>The connection was under TLS from its first byte (XEP-0368).</summary>
    internal void BeganSecure() => State |= StreamState.Secure;

    /// <summary>The client is who it says.</summary>
    internal void Authenticated(Jid account)
    {
        Account = account;
        State |= StreamState.Authenticated;
        SaslExchange = null;
        _headerSent = false;
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
    internal bool TryResume(ClientSession session, uint handled)
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
        return true;
    }

    /// <summary>Ends the stream with an error, from any thread; the first reason given is the one that is told.</summary>
    public void Terminate(StreamException error) => Terminate(error, keepSession: false);

    /// <inheritdoc cref="Terminate(StreamException)"/>
    /// <param name="error">What the client is told.</param>
    /// <param name="keepSession">Whether the client may resume the session on another stream, where it may at all (XEP-0198 §5).</param>
    internal void Terminate(StreamException error, bool keepSession)
    {
        if (!keepSession)
        {
            Volatile.Write(ref _keepsSession, false);
        }

        if (Interlocked.CompareExchange(ref _terminated, error, null) is null)
        {
            SetDeadline(Options.CloseTimeout);
            Connection.Wake();
        }
    }

    /// <summary>Whatever arrived counts as a sign of life.</summary>
    internal void NoteActivity()
    {
        if (Session is not null && Options.IdleTimeout > TimeSpan.Zero)
        {
            SetDeadline(Options.IdleTimeout);
        }
    }

    void IHeartbeatTarget.OnHeartbeat(long timestamp)
    {
        if (timestamp < Volatile.Read(ref _deadline))
        {
            if (Terminated is null && Session is { } session && !session.CheckAcknowledgements(timestamp))
            {
                Terminate(new StreamException(StreamErrorCondition.ConnectionTimeout, "An acknowledgement was not answered."), keepSession: true);
            }

            return;
        }

        if (Terminated is not null)
        {
            Connection.Abort();
            return;
        }

        Terminate(new StreamException(StreamErrorCondition.ConnectionTimeout), keepSession: true);
    }

    /// <summary>Says what ends the stream, closes it, and has the session go on without it or end, too.</summary>
    /// <param name="error">What the client is told; null for nothing.</param>
    /// <param name="isFinished">Whether the stream was ended, and not only lost: by the client's closing tag, or by a fault (XEP-0198 §7).</param>
    internal async Task EndAsync(StreamException? error, bool isFinished)
    {
        Interlocked.CompareExchange(ref _terminated, error ?? new StreamException(StreamErrorCondition.Reset), null);
        SetDeadline(Options.CloseTimeout);
        var isKept = !isFinished && Volatile.Read(ref _keepsSession) && Session?.TryDetach(this) == true;
        if (error is not null)
        {
            Meters.StreamError(StreamError.Name(error.Condition));
            Log.StreamError(_services.Logger, Connection.Id, StreamError.Name(error.Condition), error.Text);
        }

        // Who has been told that its stream is closed binds anew; who has not comes back for its session after the restart (XEP-0198 §7).
        var isSilent = isKept && error?.Condition == StreamErrorCondition.SystemShutdown;
        if (!isSilent && error is not null && !_headerSent)
        {
            SendHeader(null);
        }

        if (isSilent || !_headerSent)
        {
            Output.Close();
        }
        else
        {
            Output.End(error);
        }

        if (Session is not null && !isKept)
        {
            await Session.EndAsync(this);
        }

        await Output.DrainAsync();
    }

    private static bool IsAcknowledgement(ClientSession session, ReadOnlySpan<byte> element)
    {
        if (ManagementElement.IsPlainRequest(element))
        {
            session.Acknowledge();
            return true;
        }

        if (ManagementElement.TryReadPlainAnswer(element, out var handled))
        {
            session.Acknowledged(handled, handled.ToString(System.Globalization.CultureInfo.InvariantCulture));
            return true;
        }

        return false;
    }

    private static void CheckVersion(StreamHeader header)
    {
        if (header.Version is not { Major: >= 1 })
        {
            throw new StreamException(StreamErrorCondition.UnsupportedVersion, "This server speaks XMPP 1.0.");
        }
    }

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

    private void SendHeader(StreamHeader? theirs)
    {
        _headerSent = true;
        var ours = new StreamHeader
        {
            From = (Domain ?? Options.DomainJids[0]).Domain,
            To = theirs?.From is { } from && Jid.TryParse(from, out var jid) ? jid.Bare.ToString() : null,
            Id = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16)),
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

    private void SetDeadline(TimeSpan fromNow) =>
        Volatile.Write(ref _deadline, fromNow <= TimeSpan.Zero
            ? long.MaxValue
            : _services.Time.GetTimestamp() + (long)(fromNow.TotalSeconds * _services.Time.TimestampFrequency));

    private void OnOverflow()
    {
        Meters.Overflowed();
        Log.Overflowed(_services.Logger, Connection.Id, Options.MaxOutputBytes);
        Connection.Abort();
    }

    private static ReadOnlyMemory<byte> EscapedLanguage(string language)
    {
        var output = new ArrayBufferWriter<byte>(language.Length);
        Utf8XmlWriter.EscapeAttribute(Encoding.UTF8.GetBytes(language), output);
        return output.WrittenMemory;
    }
}
