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
using Parley.Server.Sessions;

namespace Parley.Server.Federation;

/// <summary>A stream that another server opened: it proves who it is, then its stanzas come (RFC 6120 §4, XEP-0178, XEP-0220 §2.2).</summary>
internal sealed class InboundServerStream : ServerStream
{
    /// <summary>Dialbacks of one stream that may be under way at a time; the next is answered with resource-constraint (XEP-0220 §2.4.2).</summary>
    internal const int MaxPending = 16;

    /// <summary>Dialbacks of one stream that may come to nothing; then it ends with policy-violation: each costs a question to somebody else.</summary>
    internal const int MaxRefusals = 100;

    /// <summary>Domain pairs that one stream may carry; the next is answered with resource-constraint.</summary>
    internal const int MaxPairs = 256;

    private static readonly XmlName LimitsFeature = new("limits", "urn:xmpp:stream-limits:0");
    private static readonly XmlName StartTls = new("starttls", Namespaces.Tls);
    private static readonly XmlName Auth = new("auth", Namespaces.Sasl);
    private readonly PeerCertificate _certificate;
    private readonly RemoteServers _remotes;
    private readonly WaysBack _waysBack;
    private DomainPair? _authenticated;
    private int _pending;
    private int _failures;
    private int _refusals;

    internal InboundServerStream(TcpConnection connection, ServerStreamServices services, RemoteServers remotes)
        : base(connection, services)
    {
        _remotes = remotes;
        _certificate = services.CertificateOf(connection, PeerRole.Client);
        _waysBack = new WaysBack(this, remotes);
    }

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
        }
        finally
        {
            Id = NewId();
            SendHeader(header);
        }

        TakeContext(header);
        if (!Policy.Allow)
        {
            throw new StreamException(StreamErrorCondition.PolicyViolation, "There is no exchange with this domain.");
        }

        SendFeatures();
        if (_authenticated is { } pair)
        {
            // Not before: the peer expects the features of the restarted stream.
            _authenticated = null;
            _waysBack.Open(pair);
        }
    }

    internal override ValueTask<Negotiation> ReceiveAsync(ReadOnlySpan<byte> element, CancellationToken cancellationToken)
    {
        if (Stanza.Read(element, Context) is { } stanza)
        {
            return VerifiedCount > 0
                ? ReceiveStanzaAsync(stanza, cancellationToken)
                : throw new StreamException(StreamErrorCondition.NotAuthorized, "Prove first which domain this is.");
        }

        var parsed = XmlElement.Parse(element.ToArray(), Context.Declared);
        return parsed switch
        {
            _ when parsed.Is(PeersError) => new(Negotiation.Close),
            _ when parsed.Is(StartTls) => new(BeginTls()),
            _ when parsed.Is(BidirectionalElement.Request) => new(TurnBidirectional()),
            _ when parsed.Is(Auth) => new(Authenticate(parsed)),
            _ when parsed.Is(DialbackElement.Result) => new(BeginVerification(parsed)),
            _ when parsed.Is(DialbackElement.Verify) => new(AnswerQuestion(parsed)),
            _ => throw new StreamException(StreamErrorCondition.UnsupportedStanzaType),
        };
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
        if (VerifiedCount > 0)
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

            WriteLimits(writer);
        }

        output.Write("</stream:features>"u8);
        Output.Write(output.WrittenSpan);
    }

    // Offered only to whom it will work for, so that the others go on with dialback at once (XEP-0178 §3).
    private bool MayUseExternal =>
        !State.HasFlag(StreamState.Authenticated) && IsSecure && Claimed is not null && HasCertificateFor(Claimed);

    private bool HasCertificateFor(Jid domain) => IsSecure && _certificate.VouchesFor(domain);

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

    private bool MayTurnBidirectional => !_waysBack.IsOn && !State.HasFlag(StreamState.Authenticated);

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

    private protected override async Task EndedAsync()
    {
        Output.Close();
        await Output.DrainAsync();
        _waysBack.End();
    }

    private Negotiation BeginTls()
    {
        if (IsSecure || _waysBack.IsOn || VerifiedCount > 0 || Volatile.Read(ref _pending) > 0 || !Services.HasCertificate(Domain))
        {
            Send(writer => writer.Element("failure", Namespaces.Tls));
            return Negotiation.Close;
        }

        Send(writer => writer.Element("proceed", Namespaces.Tls));
        return Negotiation.Secure;
    }

    private Negotiation Authenticate(XmlElement auth)
    {
        var condition = SaslCondition.NotAuthorized;
        if (auth.Attribute("mechanism") != SaslMechanismNames.External)
        {
            condition = SaslCondition.InvalidMechanism;
        }
        else if (!TryReadIdentity(auth, out var identity))
        {
            condition = SaslCondition.IncorrectEncoding;
        }
        else if (MayUseExternal && (identity.Length == 0 || (Jid.TryParse(identity, out var claimed) && claimed.Equals(Claimed))))
        {
            State |= StreamState.Authenticated;
            HeaderSent = false;
            Verified(Claimed!, Domain!);
            _authenticated = new DomainPair(Claimed!, Domain!);
            NoteAccepted(Claimed!, "EXTERNAL");
            Send(writer => writer.Element("success", Namespaces.Sasl));
            return Negotiation.Restart;
        }

        Log.ServerNotAuthenticated(Services.Logger, Connection.Id, Claimed?.ToString() ?? "", condition.Name());
        Send(writer => writer.Start("failure", Namespaces.Sasl).Element(condition.Name()).End());
        return ++_failures >= Options.MaxAuthenticationFailures
            ? throw new StreamException(StreamErrorCondition.PolicyViolation, "Too many failed authentications.")
            : Negotiation.Continue;
    }

    // An initial response is the identity, or "=" for that of the certificate (RFC 6120 §6.3.8, XEP-0178 §3).
    private static bool TryReadIdentity(XmlElement auth, out string identity)
    {
        identity = "";
        var text = auth.Text;
        if (text is "" or "=")
        {
            return true;
        }

        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var count))
        {
            return false;
        }

        identity = Encoding.UTF8.GetString(bytes, 0, count);
        return true;
    }

    // Steps 1 and 4: the peer asserts a sender domain for a target domain of ours (§2.2.1).
    private Negotiation BeginVerification(XmlElement result)
    {
        if (result.Attribute("type") is not null)
        {
            throw new StreamException(StreamErrorCondition.InvalidXml, "An answer to a dialback comes on the stream that asked for it.");
        }

        if (Volatile.Read(ref _refusals) >= MaxRefusals)
        {
            throw new StreamException(StreamErrorCondition.PolicyViolation, "Too many dialbacks that came to nothing.");
        }

        var pair = ReadPair(result);
        var refusal = RefusalOf(pair);
        if (refusal is { } refused)
        {
            Interlocked.Increment(ref _refusals);
            Output.Write(DialbackElement.Answer(pair.Target, pair.Sender, refused));
            return Negotiation.Continue;
        }

        // With a certificate for the name there is no need to call back.
        if (HasCertificateFor(pair.Sender))
        {
            Accept(pair, "certificate");
            return Negotiation.Continue;
        }

        Interlocked.Increment(ref _pending);
        var key = Encoding.UTF8.GetBytes(result.Text.Trim());
        _ = Task.Run(() => VerifyAsync(pair, key));
        return Negotiation.Continue;
    }

    private DialbackOutcome? RefusalOf(DomainPair pair)
    {
        var policy = Services.Federation.PolicyFor(pair.Sender);
        return !Services.IsOurs(pair.Target) ? DialbackOutcome.Failed(StanzaErrorCondition.ItemNotFound)
            : Services.IsOurs(pair.Sender) ? DialbackOutcome.Failed(StanzaErrorCondition.NotAcceptable, "This domain is here.")
            : !policy.Allow ? DialbackOutcome.Failed(StanzaErrorCondition.PolicyViolation, "There is no exchange with this domain.")
            : policy.RequireTls && !IsSecure ? DialbackOutcome.Failed(StanzaErrorCondition.PolicyViolation, "TLS is required.")
            : (policy.RequireCertificate || !policy.AllowDialback) && !HasCertificateFor(pair.Sender)
                ? DialbackOutcome.Failed(StanzaErrorCondition.NotAuthorized, "A certificate for the domain is required.")
            : IsFull(pair) ? DialbackOutcome.Failed(StanzaErrorCondition.ResourceConstraint)
            : null;
    }

    private bool IsFull(DomainPair pair)
    {
        var pending = Volatile.Read(ref _pending);
        return pending >= MaxPending || (VerifiedCount + pending >= MaxPairs && !IsVerified(pair.Sender, pair.Target));
    }

    private async Task VerifyAsync(DomainPair pair, byte[] key)
    {
        // Bounded in time; where the stream ends first, the outcome is of no use any more.
        var outcome = await _remotes.VerifyAsync(pair, Id, key, CancellationToken.None);
        if (Terminated is not null)
        {
            return;
        }

        Conclude(pair, outcome);
    }

    private void Conclude(DomainPair pair, DialbackOutcome outcome)
    {
        Interlocked.Decrement(ref _pending);
        if (!outcome.IsValid)
        {
            Interlocked.Increment(ref _refusals);
        }

        if (outcome.IsValid)
        {
            Accept(pair, "dialback");
        }
        else if (!outcome.IsError && VerifiedCount > 0)
        {
            // Others of the stream are good: this one may be a mistake (§2.2.1).
            Log.ServerNotAuthenticated(Services.Logger, Connection.Id, pair.Sender.ToString(), "forbidden");
            Output.Write(DialbackElement.Answer(pair.Target, pair.Sender, DialbackOutcome.Failed(StanzaErrorCondition.Forbidden)));
        }
        else
        {
            Output.Write(DialbackElement.Answer(pair.Target, pair.Sender, outcome));
            if (!outcome.IsError)
            {
                Log.ServerNotAuthenticated(Services.Logger, Connection.Id, pair.Sender.ToString(), "invalid");
                Terminate(new StreamException(StreamErrorCondition.NotAuthorized, "The dialback key is not one of the domain's."));
            }
        }

        Output.Flush();
    }

    private void NoteAccepted(Jid sender, string how)
    {
        SetDeadline(Services.Federation.IdleTimeout);
        Log.ServerAccepted(Services.Logger, Connection.Id, sender.Domain, how, IsSecure ? "TLS" : "no TLS");
    }

    private void Accept(DomainPair pair, string how)
    {
        State |= StreamState.Authenticated;
        Verified(pair.Sender, pair.Target);
        NoteAccepted(pair.Sender, how);
        Output.Write(DialbackElement.Answer(pair.Target, pair.Sender, DialbackOutcome.Valid));
        _waysBack.Open(pair);
    }

    // Steps 2 and 3: another server asks whether a key is one of ours (§2.2.2).
    private Negotiation AnswerQuestion(XmlElement verify)
    {
        if (verify.Attribute("type") is not null || verify.Attribute("id") is not { Length: > 0 } id)
        {
            throw new StreamException(StreamErrorCondition.InvalidXml, "Nobody has asked for this verification.");
        }

        var pair = ReadPair(verify);
        var outcome = !Services.IsOurs(pair.Target) ? DialbackOutcome.Failed(StanzaErrorCondition.ItemNotFound)
            : Services.Federation.PolicyFor(pair.Sender) is { RequireTls: true } && !IsSecure ? DialbackOutcome.Failed(StanzaErrorCondition.PolicyViolation, "TLS is required.")
            : Services.DialbackKeys.IsValid(verify.Text.Trim(), pair.Sender.Domain, pair.Target.Domain, id) ? DialbackOutcome.Valid
            : DialbackOutcome.Invalid;
        Output.Write(DialbackElement.Answer(pair.Target, pair.Sender, id, outcome));
        if (VerifiedCount == 0)
        {
            // Somebody who only asks is no idler.
            SetDeadline(Options.NegotiationTimeout);
        }

        return Negotiation.Continue;
    }

    private static DomainPair ReadPair(XmlElement element) =>
        Jid.TryParse(element.Attribute("from") ?? "", out var from) && from.IsDomain && Jid.TryParse(element.Attribute("to") ?? "", out var to) && to.IsDomain
            ? new DomainPair(from, to)
            : throw new StreamException(StreamErrorCondition.ImproperAddressing, "Dialback needs a 'from' and a 'to', both domains.");
}
