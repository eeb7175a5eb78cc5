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
internal sealed class InboundServerStream : ServerStream
{
    /// <summary>Dialbacks of one stream that may be under way at a time; the next is answered with resource-constraint (XEP-0220 §2.4.2).</summary>
    internal const int MaxPending = 16;

    /// <summary>Dialbacks of one stream that may come to nothing; then it ends with policy-violation: each costs a question to somebody else.</summary>
    internal const int MaxRefusals = 100;

    /// <summary>Domain pairs that one stream may carry.</summary>
    internal const int MaxPairs = 256;

    private static readonly XmlName LimitsFeature = new("limits", "urn:xmpp:stream-limits:0");
    private static readonly XmlName StartTls = new("starttls", Namespaces.Tls);
    private static readonly XmlName Auth = new("auth", Namespaces.Sasl);
    private static readonly XmlName Response = new("response", Namespaces.Sasl);
    private static readonly XmlName AbortSasl = new("abort", Namespaces.Sasl);
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private readonly TcpConnection _connection;
    private readonly RemoteServers _remotes;
    private readonly InboundManagement _management;
    private DomainPair? _authenticatedAs;
    private int _pending;
    private int _failures;
    private int _refusals;

    internal InboundServerStream(TcpConnection connection, ServerStreamServices services, RemoteServers remotes, InboundSessions sessions)
        : base(connection, services)
    {
        (_connection, _remotes) = (connection, remotes);
        _management = new InboundManagement(this, services, sessions);
    }

    /// <summary>Whether the peer may send stanzas.</summary>
    internal bool IsAccepted => VerifiedCount > 0;

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
            throw new StreamException(StreamErrorCondition.PolicyViolation, "There is no exchange with this domain.");
        }

        SendFeatures();
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
                ? ReceiveStanzaAsync(stanza, cancellationToken)
                : throw new StreamException(StreamErrorCondition.NotAuthorized, "Prove first which domain this is.");
        }

        var parsed = XmlElement.Parse(element.ToArray(), Context.Declared);
        return parsed switch
        {
            _ when TryTake(parsed) => new(Negotiation.Continue),
            _ when InboundManagement.IsFor(parsed) => ManageAsync(parsed, cancellationToken),
            _ when parsed.Is(PeersError) => new(Negotiation.Close),
            _ when parsed.Is(StartTls) => new(BeginTls()),
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

    private protected override Task EndedAsync()
    {
        _management.End(mayBeResumed: false);
        return Task.CompletedTask;
    }

    private async ValueTask<Negotiation> ManageAsync(XmlElement element, CancellationToken cancellationToken)
    {
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

    // What the other server has handed to its socket is nowhere else: it counts as delivered there. Under stream management it is told what arrived.
    private protected override bool Lingers(StreamException reason)
    {
        if (Acknowledgements is not null || VerifiedCount == 0 || !HeaderSent || reason.Condition is not (StreamErrorCondition.SystemShutdown or StreamErrorCondition.ConnectionTimeout))
        {
            return false;
        }

        Output.End(reason);
        Output.Flush();
        return true;
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

            if (Policy.AllowDialback || State.HasFlag(StreamState.Authenticated))
            {
                writer.Start(ManagementElement.Feature).End();
            }

            WriteLimits(writer);
        }

        output.Write("</stream:features>"u8);
        Output.Write(output.WrittenSpan);
    }

    // Offered only to whom it will work for, so that the others go on with dialback at once (XEP-0178 §3).
    private bool MayUseExternal =>
        !State.HasFlag(StreamState.Authenticated) && IsSecure && Claimed is not null && HasCertificateFor(Claimed);

    private bool HasCertificateFor(Jid domain) => IsSecure && Services.IsCertified(_connection, domain, PeerRole.Client);

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
        if (IsSecure || VerifiedCount > 0 || Volatile.Read(ref _pending) > 0 || !Services.HasCertificate(Domain))
        {
            Send(writer => writer.Element("failure", Namespaces.Tls));
            return Negotiation.Close;
        }

        Send(writer => writer.Element("proceed", Namespaces.Tls));
        return Negotiation.Secure;
    }

    private Negotiation Authenticate(XmlElement auth)
    {
        if (auth.Attribute("mechanism") != SaslMechanismNames.External)
        {
            return RefuseAuthentication(MustSecure ? SaslCondition.EncryptionRequired : SaslCondition.InvalidMechanism);
        }

        string identity;
        try
        {
            // An initial response is the identity, or "=" for that of the certificate (RFC 6120 §6.3.8, XEP-0178 §3).
            identity = auth.HasChildren ? throw new SaslException(SaslCondition.MalformedRequest) : Utf8.GetString(SaslEncoding.Decode(Encoding.UTF8.GetBytes(auth.Text)));
        }
        catch (SaslException e)
        {
            return RefuseAuthentication(e.Condition);
        }
        catch (DecoderFallbackException)
        {
            return RefuseAuthentication(SaslCondition.MalformedRequest);
        }

        if (!MayUseExternal || (identity.Length > 0 && !(Jid.TryParse(identity, out var claimed) && claimed.Equals(Claimed))))
        {
            return RefuseAuthentication(MustSecure ? SaslCondition.EncryptionRequired : SaslCondition.NotAuthorized);
        }

        State |= StreamState.Authenticated;
        HeaderSent = false;
        _authenticatedAs = new DomainPair(Claimed!, Domain!);
        Verified(Claimed!, Domain!);
        NoteAccepted(Claimed!, "EXTERNAL");
        Send(writer => writer.Element("success", Namespaces.Sasl));
        return Negotiation.Restart;
    }

    private Negotiation RefuseAuthentication(SaslCondition condition)
    {
        Log.ServerNotAuthenticated(Services.Logger, Connection.Id, Claimed?.ToString() ?? "", condition.Name());
        Send(writer => writer.Start("failure", Namespaces.Sasl).Element(condition.Name()).End());
        return ++_failures >= Options.MaxAuthenticationFailures
            ? throw new StreamException(StreamErrorCondition.PolicyViolation, "Too many failed authentications.")
            : Negotiation.Continue;
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

        if (!Services.Dialbacks.TryEnter(Connection.RemoteAddress))
        {
            Interlocked.Increment(ref _refusals);
            Output.Write(DialbackElement.Answer(pair.Target, pair.Sender, DialbackOutcome.Failed(StanzaErrorCondition.ResourceConstraint)));
            return Negotiation.Continue;
        }

        Interlocked.Increment(ref _pending);
        var key = Encoding.UTF8.GetBytes(result.Text.Trim());

        // The name that the stream has now: authentication may restart it meanwhile.
        var id = Id;
        _ = Task.Run(() => VerifyAsync(pair, id, key));
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
            : VerifiedCount >= MaxPairs || Volatile.Read(ref _pending) >= MaxPending ? DialbackOutcome.Failed(StanzaErrorCondition.ResourceConstraint)
            : null;
    }

    private async Task VerifyAsync(DomainPair pair, string id, byte[] key)
    {
        // Bounded in time; where the stream ends first, the outcome is of no use any more.
        DialbackOutcome outcome;
        try
        {
            outcome = await _remotes.VerifyAsync(pair, id, key, CancellationToken.None);
        }
        finally
        {
            Services.Dialbacks.Leave(Connection.RemoteAddress);
        }

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
