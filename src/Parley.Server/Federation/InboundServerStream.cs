using System.Buffers;
using System.Globalization;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Connections.Tcp;
using Parley.Server.Diagnostics;
using Parley.Server.Federation.Management;
using Parley.Server.Sessions;
using Parley.Server.Sessions.Management;

namespace Parley.Server.Federation;

/// <summary>A stream that another server opened: it proves who it is, then its stanzas come (RFC 6120 §4, XEP-0178, XEP-0220 §2.2).</summary>
internal sealed partial class InboundServerStream : ServerStream
{
    private static readonly XmlName LimitsFeature = new("limits", "urn:xmpp:stream-limits:0");
    private static readonly XmlName StartTls = new("starttls", Namespaces.Tls);
    private readonly PeerCertificate _certificate;
    private readonly RemoteServers _remotes;
    private readonly InboundManagement _management;
    private readonly WaysBack _waysBack;

    internal InboundServerStream(TcpConnection connection, ServerStreamServices services, RemoteServers remotes, InboundSessions sessions)
        : base(connection, services)
    {
        _remotes = remotes;
        _certificate = services.CertificateOf(connection, PeerRole.Client);
        _management = new InboundManagement(this, services, sessions);
        _waysBack = new WaysBack(this, remotes);
    }

    /// <summary>Whether the peer may send stanzas.</summary>
    internal bool IsAccepted => VerifiedCount > 0;

    /// <summary>Whether stanzas go back on it, too (XEP-0288).</summary>
    internal bool IsBidirectional => _waysBack.IsOn;

    /// <summary>The domain that the peer says to be; nothing rests on it alone.</summary>
    internal Jid? Claimed { get; private set; }

    private FederationPolicy Policy => Services.Federation.PolicyFor(Claimed);

    private bool MustSecure => Policy.RequireTls && !IsSecure;

    internal override void ReceiveHeader(ReadOnlySpan<byte> opening)
    {
        StreamHeader? header = null;
        try
        {
            Connection.Framing.ReadHeader(opening, out header);
            CheckVersion(header);
            ChooseDomains(header);
            if (_authenticatedAs is { } pair && !(pair.Sender.Equals(Claimed) && pair.Target.Equals(Domain)))
            {
                throw new StreamException(StreamErrorCondition.NotAuthorized, "The stream was authenticated for other domains.");
            }
        }
        finally
        {
            Id = NewId();
            SendHeader(header);
        }

        TakeContext(header);
        if (!Policy.Allow)
        {
            NoteRefused(Claimed, NoExchange, nameof(Policy.Allow));
            throw new StreamException(StreamErrorCondition.PolicyViolation, NoExchange);
        }

        SendFeatures();
        if (_authenticatedAs is { } authenticated)
        {
            // Not before: the peer expects the features of the restarted stream.
            _waysBack.Open(authenticated);
        }
    }

    internal override ValueTask<Negotiation> ReceiveAsync(ReadOnlySpan<byte> element, CancellationToken cancellationToken)
    {
        if (Acknowledgements?.TryTake(element) == true)
        {
            return new(Negotiation.Continue);
        }

        if (Stanza.Read(element, Context) is { } stanza)
        {
            return VerifiedCount > 0
                ? ReceiveStanzaAsync(stanza, element, cancellationToken)
                : throw new StreamException(StreamErrorCondition.NotAuthorized, "Prove first which domain this is.");
        }

        var parsed = XmlElement.Parse(element.ToArray(), Context.Declared);
        return parsed switch
        {
            _ when TryTake(parsed) => new(Negotiation.Continue),
            _ when InboundManagement.IsFor(parsed) => ManageAsync(parsed, cancellationToken),
            _ when parsed.Is(PeersError) => new(Negotiation.Close),
            _ when parsed.Is(StartTls) => new(BeginTls()),
            _ when parsed.Is(BidirectionalElement.Request) => new(TurnBidirectional()),
            _ when parsed.Is(Auth) => new(Authenticate(parsed)),

            // EXTERNAL has one step: there is nothing to respond to, or to give up (RFC 6120 §6.5.1, §6.5.9).
            _ when parsed.Is(Response) => new(RefuseAuthentication(SaslCondition.MalformedRequest)),
            _ when parsed.Is(AbortSasl) => new(RefuseAuthentication(SaslCondition.Aborted)),
            _ when parsed.Is(DialbackElement.Result) => new(BeginVerification(parsed)),
            _ when parsed.Is(DialbackElement.Verify) => new(AnswerQuestion(parsed)),
            _ => throw new StreamException(StreamErrorCondition.UnsupportedStanzaType),
        };
    }

    private protected override string? Check(long timestamp) => IsAnswering(timestamp) ? null : "An acknowledgement was not answered.";

    // Whoever is told that this server stops opens another stream.
    private protected override bool TryKeep() => _management.End(mayBeResumed: !Services.Streams.IsClosing);

    private protected override async Task EndedAsync()
    {
        _management.End(mayBeResumed: false);
        if (IsBidirectional)
        {
            Output.Close();
            await Output.DrainAsync();
            _waysBack.End();
        }
    }

    private async ValueTask<Negotiation> ManageAsync(XmlElement element, CancellationToken cancellationToken)
    {
        if (Terminated is not null)
        {
            // Enabled before the other server heard that the stream ends: what follows it keeps until it is acknowledged, and that is over. Taken here it would come twice, or come and bounce.
            return Negotiation.Close;
        }

        await _management.ReceiveAsync(element, cancellationToken);
        return Negotiation.Continue;
    }

    private protected override void SendHeader(StreamHeader? theirs)
    {
        HeaderSent = true;
        Output.Write(new StreamHeader
        {
            From = (Domain ?? Options.DomainJids[0]).Domain,
            To = Claimed?.Domain,
            Id = Id.Length > 0 ? Id : NewId(),
            Language = "en",
        });
    }

    internal override void NoteActivity()
    {
        if (VerifiedCount > 0 && Terminated is null)
        {
            SetDeadline(Services.Federation.IdleTimeout);
        }
    }

    private void ChooseDomains(StreamHeader header)
    {
        if (string.IsNullOrEmpty(header.To))
        {
            throw new StreamException(StreamErrorCondition.ImproperAddressing, "The stream header needs a 'to'.");
        }

        if (!Jid.TryParse(header.To, out var to) || !to.IsDomain || !Services.IsOurs(to))
        {
            throw new StreamException(StreamErrorCondition.HostUnknown);
        }

        Domain = to;
        if (header.From is null)
        {
            // Old servers that speak dialback alone name themselves only there (RFC 6120 §4.7.1 asks for it).
            return;
        }

        if (!Jid.TryParse(header.From, out var from) || !from.IsDomain || Services.IsOurs(from))
        {
            throw new StreamException(StreamErrorCondition.InvalidFrom, "The 'from' of the stream header is no domain of another server.");
        }

        Claimed = from;
    }

    private void SendFeatures()
    {
        var output = new ArrayBufferWriter<byte>(512);
        output.Write("<stream:features>"u8);
        var writer = new Utf8XmlWriter(output, Namespaces.Server);
        if (!IsSecure && Services.HasCertificate(Domain))
        {
            writer.Start(StartTls);
            if (MustSecure)
            {
                writer.Element("required");
            }

            writer.End();
        }

        if (MayTurnBidirectional)
        {
            writer.Element("bidi", BidirectionalElement.FeatureNamespace);
        }

        if (!MustSecure)
        {
            if (MayUseExternal)
            {
                writer.Start("mechanisms", Namespaces.Sasl).Element("mechanism", null, SaslMechanismNames.External).End();
            }

            if (Policy.AllowDialback)
            {
                DialbackElement.Advertise(writer);
            }

            if (!IsBidirectional)
            {
                writer.Start(ManagementElement.Feature).End();
            }

            WriteLimits(writer);
        }

        output.Write("</stream:features>"u8);
        Output.Write(output.WrittenSpan);
    }

    private bool HasCertificateFor(Jid domain) => IsSecure && _certificate.VouchesFor(domain);

    private bool MayTurnBidirectional => !IsBidirectional && !State.HasFlag(StreamState.Authenticated);

    // XEP-0478: what one element may be, and how long the stream may carry nothing.
    private void WriteLimits(Utf8XmlWriter writer)
    {
        writer.Start(LimitsFeature).Element("max-bytes", null, Limits.MaxBytes.ToString(CultureInfo.InvariantCulture));
        if (State.HasFlag(StreamState.Authenticated) && Services.Federation.IdleTimeout is { Ticks: > 0 } idle)
        {
            writer.Element("idle-seconds", null, ((long)idle.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        }

        writer.End();
    }

    private Negotiation BeginTls()
    {
        if (IsSecure || IsBidirectional || VerifiedCount > 0 || Volatile.Read(ref _pending) > 0 || !Services.HasCertificate(Domain))
        {
            Send(writer => writer.Element("failure", Namespaces.Tls));
            return Negotiation.Close;
        }

        Send(writer => writer.Element("proceed", Namespaces.Tls));
        return Negotiation.Secure;
    }

    // Only behind TLS, where there is to be any, and before a domain is proven (XEP-0288 §2.2).
    private Negotiation TurnBidirectional()
    {
        if (!MayTurnBidirectional || Volatile.Read(ref _pending) > 0)
        {
            throw new StreamException(StreamErrorCondition.UnsupportedStanzaType, "It is too late for <bidi/>.");
        }

        if (MustSecure)
        {
            throw new StreamException(StreamErrorCondition.PolicyViolation, "TLS comes before <bidi/>.");
        }

        _waysBack.IsOn = true;
        return Negotiation.Continue;
    }
}
