using System.Text;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Connections.Tcp;
using Parley.Server.Sessions;

namespace Parley.Server.Federation;

/// <summary>A stream that this server opens to another: it proves which domains of ours speak there, and asks about keys (RFC 6120 §4, XEP-0178, XEP-0220 §2.1).</summary>
/// <remarks>
/// The read loop negotiates; who has stanzas or a key to be verified asks from any thread (<see cref="Authorize"/>, <see cref="AskAsync"/>), and is served as soon as the stream
/// has come that far. Answers count only for what was asked on this stream (XEP-0220 §3.1).
/// </remarks>
internal sealed partial class OutboundServerStream : ServerStream
{
    private const int MaxDescribed = 3;
    private static readonly XmlName Features = new("features", Namespaces.Streams);
    private static readonly XmlName StartTls = new("starttls", Namespaces.Tls);
    private static readonly XmlName Proceed = new("proceed", Namespaces.Tls);
    private static readonly XmlName Success = new("success", Namespaces.Sasl);
    private static readonly XmlName SaslFailure = new("failure", Namespaces.Sasl);
    private static readonly XmlName Mechanisms = new("mechanisms", Namespaces.Sasl);
    private readonly PeerCertificate _certificate;
    private readonly RemoteServer _remote;
    private readonly Jid _first;
    private readonly Lock _gate = new();
    private readonly HashSet<(RemoteServer Remote, Jid Local)> _wanted = [];
    private readonly Dictionary<DomainPair, RemoteServer> _asserted = [];
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Step _step = Step.Opening;
    private Jid? _authenticating;
    private bool _mayUseExternal;
    private bool _mayTurnBidirectional;
    private bool _isForStanzas;
    private bool _isBidirectional;
    private bool _isOver;

    /// <param name="connection">The connection to the other server.</param>
    /// <param name="services">What all share.</param>
    /// <param name="remote">The other server.</param>
    /// <param name="first">The domain of ours in whose name the stream is opened.</param>
    /// <param name="shared">Those that other domains of the same server may use.</param>
    internal OutboundServerStream(TcpConnection connection, ServerStreamServices services, RemoteServer remote, Jid first, SharedStreams shared)
        : base(connection, services)
    {
        _shared = shared;
        _certificate = services.CertificateOf(connection, PeerRole.Server);
        _remote = remote;
        _first = first;
        Domain = first;
    }

    private enum Step
    {
        /// <summary>Until the features are known under which the stream goes on.</summary>
        Opening,

        /// <summary>TLS was asked for.</summary>
        Securing,

        /// <summary>What is to be proven or asked is.</summary>
        Open,

        /// <summary>SASL is under way.</summary>
        Authenticating,
    }

    /// <summary>Why the stream could not be used, in words for a log; null where it could.</summary>
    internal string? Problem { get; private set; }

    /// <summary>Whether the other server said that it does not know its own domain (RFC 6120 §4.9.3.6).</summary>
    internal bool IsHostUnknown { get; private set; }

    /// <summary>Whether the stream has come so far that the other server could be asked for something.</summary>
    internal bool WasOpen { get; private set; }

    /// <summary>Completes when <see cref="WasOpen"/> is decided.</summary>
    internal Task Opened => _opened.Task;

    // One that only asks about keys is of little use afterwards.
    private TimeSpan IdleTimeout => Services.Federation.IdleTimeout is { Ticks: > 0 } idle && (idle < QuestionsIdleTimeout || _isForStanzas) ? idle
        : _isForStanzas ? TimeSpan.Zero
        : QuestionsIdleTimeout;

    private FederationPolicy Policy => Services.Federation.PolicyFor(_remote.Domain);

    /// <summary>Sends our header.</summary>
    internal void Open()
    {
        SendHeader(null);
        Output.Flush();
    }

    /// <summary>Limits the time until the stream comes about. To be said before it runs.</summary>
    internal void OpenWithin(TimeSpan time) => SetDeadline(time);

    /// <summary>Has the other server learn that a domain of ours speaks on this stream; <see cref="RemoteServer.Ready"/> or <see cref="RemoteServer.Refused"/> tells the outcome.</summary>
    internal void Authorize(RemoteServer remote, Jid local)
    {
        lock (_gate)
        {
            _wanted.Add((remote, local));
        }

        Work();
    }

    internal override async Task SecureAsync(Func<Task> handshake)
    {
        await base.SecureAsync(handshake);
        _step = Step.Opening;
        Open();
    }

    internal override void ReceiveHeader(ReadOnlySpan<byte> opening)
    {
        Connection.Framing.ReadHeader(opening, out var header);
        if (header.Id is not { Length: > 0 } id)
        {
            throw new StreamException(StreamErrorCondition.BadFormat, "The stream header needs an 'id'.");
        }

        Id = id;
        TakeContext(header);
        CheckVersion(header);
    }

    internal override ValueTask<Negotiation> ReceiveAsync(ReadOnlySpan<byte> element, CancellationToken cancellationToken)
    {
        if (Stanza.Read(element, Context) is { } stanza)
        {
            return _isBidirectional && VerifiedCount > 0
                ? ReceiveStanzaAsync(stanza, cancellationToken)
                : throw new StreamException(StreamErrorCondition.NotAuthorized, "Stanzas come on streams of your own.");
        }

        var parsed = XmlElement.Parse(element.ToArray(), Context.Declared);
        return new(parsed switch
        {
            _ when parsed.Is(Features) && _step == Step.Opening => Choose(parsed),
            _ when parsed.Is(Proceed) && _step == Step.Securing => Negotiation.Secure,
            _ when parsed.Is(Success) && _step == Step.Authenticating => Authenticated(),
            _ when parsed.Is(SaslFailure) && _step == Step.Authenticating => NotAuthenticated(),
            _ when parsed.Is(DialbackElement.Result) => Result(parsed),
            _ when parsed.Is(DialbackElement.Verify) => Answer(parsed),
            _ when parsed.Is(PeersError) => PeerFailed(parsed),
            _ => throw new StreamException(StreamErrorCondition.UnsupportedStanzaType),
        });
    }

    private protected override void SendHeader(StreamHeader? theirs)
    {
        HeaderSent = true;
        Output.Write(new StreamHeader { From = _first.Domain, To = _remote.Domain.Domain, Language = "en" });
    }

    // Closed as one closes a stream: what is sent meanwhile waits for the next.
    private protected override string? Check(long timestamp)
    {
        if (IdleTimeout is { Ticks: > 0 } idle && _step == Step.Open && Time.GetElapsedTime(LastUsed, timestamp) >= idle && !IsAwaited(timestamp))
        {
            _ = Close();
            Output.End(null);
            SetDeadline(Options.CloseTimeout);
            Output.Flush();
        }

        return null;
    }

    private protected override async Task EndedAsync()
    {
        Output.Close();
        await Output.DrainAsync();
        _opened.TrySetResult();

        // First: who hears that there is no answer may ask again, on another stream.
        TellUsers();
        FailQuestions();
    }

    private Negotiation Choose(XmlElement features)
    {
        if (!IsSecure)
        {
            if (features.Child(StartTls) is not null)
            {
                _step = Step.Securing;
                Send(writer => writer.Element("starttls", Namespaces.Tls));
                return Negotiation.Continue;
            }

            if (Policy.RequireTls)
            {
                return GiveUp("it offers no TLS, which is required here");
            }
        }

        if (Policy.RequireCertificate && !(IsSecure && _certificate.VouchesFor(_remote.Domain)))
        {
            return GiveUp("its certificate is not one for its name from an authority that is trusted here");
        }

        _mayUseExternal = !State.HasFlag(StreamState.Authenticated) && IsSecure && Services.HasCertificate(_first)
            && OffersExternal(features);
        _mayTurnBidirectional = !_isBidirectional && !State.HasFlag(StreamState.Authenticated) && MayTakeStanzas && features.Child(BidirectionalElement.Feature) is not null;
        _takesErrors = features.Child(DialbackElement.Feature)?.Child("errors", DialbackElement.FeatureNamespace) is not null;
        BeginUse();

        // Who waits for an answer has its own time (RemoteServer); the stream itself may be idle for as long as is configured.
        SetDeadline(TimeSpan.Zero);
        if (State.HasFlag(StreamState.Authenticated) && _authenticating is { } local)
        {
            _authenticating = null;
            Accepted(_remote, local);
        }

        Work();
        return Negotiation.Continue;
    }

    // Who had something to send before the stream came about is asked for together with its first domain, for which EXTERNAL may do.
    private void BeginUse()
    {
        Jid[] wanted = WasOpen ? [] : _remote.Opened(this);
        lock (_gate)
        {
            _wanted.UnionWith(wanted.Select(local => (_remote, local)));
            _step = Step.Open;
        }

        Share();
        WasOpen = true;
        _opened.TrySetResult();
    }

    private static bool OffersExternal(XmlElement features)
    {
        if (features.Child(Mechanisms) is { } mechanisms)
        {
            foreach (var mechanism in mechanisms.Children)
            {
                if (mechanism.Text.Trim() == SaslMechanismNames.External)
                {
                    return true;
                }
            }
        }

        return false;
    }

    internal override void NoteActivity()
    {
        if (_isBidirectional)
        {
            _remote.NoteUsed();
        }
    }

    // Where there is something to send. Who only asks about keys gets nothing back.
    private void TurnBidirectional()
    {
        if (_mayTurnBidirectional && _wanted.Count > 0)
        {
            _mayTurnBidirectional = false;
            _isBidirectional = true;
            Send(static writer => writer.Element("bidi", BidirectionalElement.Namespace));
        }
    }

    // Does what has been asked for, as far as the stream has come.
    private void Work()
    {
        lock (_gate)
        {
            if (_step != Step.Open || _isOver)
            {
                return;
            }

            _isForStanzas |= _wanted.Count > 0;
            TurnBidirectional();
            if (_mayUseExternal && _wanted.Remove((_remote, _first)))
            {
                _mayUseExternal = false;
                _step = Step.Authenticating;
                _authenticating = _first;
                SetDeadline(Options.NegotiationTimeout);
                Send(writer => writer.Start("auth", Namespaces.Sasl).Attribute("mechanism", SaslMechanismNames.External)
                    .Text(Convert.ToBase64String(Encoding.UTF8.GetBytes(_first.Domain))).End());
            }
            else
            {
                foreach (var (remote, local) in _wanted)
                {
                    if (_asserted.TryAdd(new DomainPair(remote.Domain, local), remote))
                    {
                        Output.Write(DialbackElement.Key(local, remote.Domain, Services.DialbackKeys.Create(remote.Domain.Domain, local.Domain, Id)));
                    }
                }

                _wanted.Clear();
                WriteQuestions();
            }
        }

        Output.Flush();
    }

    private Negotiation Authenticated()
    {
        State |= StreamState.Authenticated;
        _step = Step.Opening;
        Open();
        return Negotiation.Restart;
    }

    private Negotiation NotAuthenticated()
    {
        lock (_gate)
        {
            _wanted.Add((_remote, _authenticating!));
            _authenticating = null;
            _step = Step.Open;
        }

        SetDeadline(TimeSpan.Zero);

        // The certificate does not do for the other side: a key may (XEP-0178 §3).
        Work();
        return Negotiation.Continue;
    }

    // Step 4, for a key of ours.
    private Negotiation Result(XmlElement result)
    {
        if (_isBidirectional && result.Attribute("type") is null && ReadPair(result) is { } wanted)
        {
            // It has another domain that wants to send here: on a stream that it opens (XEP-0220 §2.5).
            Output.Write(DialbackElement.Answer(wanted.Target, wanted.Sender, DialbackOutcome.Failed(StanzaErrorCondition.ResourceConstraint)));
            Output.Flush();
            return Negotiation.Continue;
        }

        if (ReadPair(result) is not { } pair || DialbackOutcome.Read(result) is not { } outcome || TakeAsserted(pair) is not { } remote)
        {
            throw new StreamException(StreamErrorCondition.InvalidXml, "Nobody has asked for this result.");
        }

        if (outcome.IsValid)
        {
            State |= StreamState.Authenticated;
            Accepted(remote, pair.Target);
        }
        else
        {
            // Invalid: something is wrong here (§2.1.1). An error: it may pass (§2.5).
            remote.Refused(this, pair.Target, outcome.IsError ? StanzaErrorCondition.RemoteServerTimeout : StanzaErrorCondition.InternalServerError, Describe(result));
        }

        return Negotiation.Continue;
    }

    // What the other server may send us then is the inverse of what we may send (XEP-0288 §2.2).
    private void Accepted(RemoteServer remote, Jid local)
    {
        if (_isBidirectional)
        {
            Verified(remote.Domain, local);
        }

        remote.Ready(this, local);
    }

    // As on a stream that it opens: where only a certificate tells who it is, it needs one here, too.
    private bool MayTakeStanzas => MayTakeStanzasOf(_remote.Domain);

    private RemoteServer? TakeAsserted(DomainPair pair)
    {
        lock (_gate)
        {
            return _asserted.Remove(pair, out var remote) ? remote : null;
        }
    }

    private Negotiation PeerFailed(XmlElement error)
    {
        IsHostUnknown = error.Child("host-unknown", Namespaces.StreamErrors) is not null;
        Problem = $"it ended the stream: {Describe(error)}";
        return Negotiation.Close;
    }

    private Negotiation GiveUp(string problem)
    {
        Problem = problem;
        return Negotiation.Close;
    }

    // The names of the conditions, and no text of somebody else's.
    private static string Describe(XmlElement element)
    {
        var names = new List<string>();
        foreach (var child in element.Children)
        {
            if (!child.HasChildren)
            {
                names.Add(child.LocalName);
            }

            foreach (var inner in child.Children)
            {
                names.Add(inner.LocalName);
            }
        }

        return names.Count > 0 ? string.Join(' ', names.Take(MaxDescribed)) : element.Attribute("type") ?? "no reason given";
    }

    // As the answers have it: the other server's domain first.
    private static DomainPair? ReadPair(XmlElement element) =>
        Jid.TryParse(element.Attribute("from") ?? "", out var from) && Jid.TryParse(element.Attribute("to") ?? "", out var to) && from.IsDomain && to.IsDomain
            ? new DomainPair(from, to)
            : null;
}
