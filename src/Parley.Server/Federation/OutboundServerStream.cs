using System.Text;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Connections.Tcp;
using Parley.Server.Federation.Management;
using Parley.Server.Sessions;
using Parley.Server.Sessions.Management;

namespace Parley.Server.Federation;

/// <summary>A stream that this server opens to another: it proves which domains of ours speak there, and asks about keys (RFC 6120 §4, XEP-0178, XEP-0220 §2.1).</summary>
/// <remarks>
/// The read loop negotiates; who has stanzas or a key to be verified asks from any thread (<see cref="Authorize"/>, <see cref="AskAsync"/>), and is served as soon as the stream
/// has come that far. Answers count only for what was asked on this stream (XEP-0220 §3.1).
/// </remarks>
internal sealed partial class OutboundServerStream : ServerStream
{
    private static readonly XmlName Features = new("features", Namespaces.Streams);
    private static readonly XmlName StartTls = new("starttls", Namespaces.Tls);
    private static readonly XmlName Proceed = new("proceed", Namespaces.Tls);
    private readonly PeerCertificate _certificate;
    private readonly RemoteServer _remote;
    private readonly Jid _first;
    private readonly Lock _gate = new();
    private readonly HashSet<(RemoteServer Remote, Jid Local)> _wanted = [];
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Step _step = Step.Opening;
    private bool _isForStanzas;
    private bool _isOver;
    private StreamException? _stopping;
    private long _stopBy;

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
        Management = new OutboundManagement(this, remote, services);
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

    /// <summary>What of stream management is this side's (XEP-0198).</summary>
    internal OutboundManagement Management { get; }

    // One that only asks about keys is of little use afterwards.
    private TimeSpan IdleTimeout => Services.Federation.IdleTimeout is { Ticks: > 0 } idle && (idle < QuestionsIdleTimeout || _isForStanzas) ? idle
        : _isForStanzas ? TimeSpan.Zero
        : QuestionsIdleTimeout;

    private FederationPolicy Policy => Services.Federation.PolicyFor(_remote.Domain);

    /// <summary>Whether this side has closed the stream: a key that is sent now is answered by nobody.</summary>
    internal bool IsFinishing { get; private set; }

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
        if (Acknowledgements?.TryTake(element) == true)
        {
            return new(Acknowledged());
        }

        if (Stanza.Read(element, Context) is { } stanza)
        {
            return _isBidirectional && VerifiedCount > 0
                ? ReceiveStanzaAsync(stanza, element, cancellationToken)
                : throw new StreamException(StreamErrorCondition.NotAuthorized, "Stanzas come on streams of your own.");
        }

        var parsed = XmlElement.Parse(element.ToArray(), Context.Declared);
        return new(parsed switch
        {
            _ when parsed.Is(Features) && _step == Step.Opening => Choose(parsed),
            _ when parsed.Is(Proceed) && _step == Step.Securing => Negotiation.Secure,
            _ when parsed.Is(Success) && _step == Step.Authenticating => Authenticated(),
            _ when parsed.Is(SaslFailure) && _step == Step.Authenticating => NotAuthenticated(parsed),
            _ when parsed.Is(DialbackElement.Result) => Result(parsed),
            _ when parsed.Is(DialbackElement.Verify) => Answer(parsed),
            _ when TryTake(parsed) => Acknowledged(),
            _ when Management.TryReceive(parsed) => Negotiation.Continue,
            _ when parsed.Is(PeersError) => PeerFailed(parsed),
            _ => throw new StreamException(StreamErrorCondition.UnsupportedStanzaType),
        });
    }

    private protected override void SendHeader(StreamHeader? theirs)
    {
        HeaderSent = true;
        Output.Write(new StreamHeader { From = _first.Domain, To = _remote.Domain.Domain, Language = "en" });
    }

    // One that is silent is cut: with a closing tag it could not be resumed.
    private protected override string? Check(long timestamp)
    {
        if (!IsAnswering(timestamp) || Management.IsLate(timestamp))
        {
            Problem = "it does not acknowledge";
            Connection.Abort();
        }
        else if (_stopping is { } stopping)
        {
            if (timestamp >= _stopBy)
            {
                Terminate(stopping);
            }
        }
        else if (IdleTimeout is { Ticks: > 0 } idle && _step == Step.Open && !Management.IsOwed && Time.GetElapsedTime(LastUsed, timestamp) >= idle && !IsAwaited(timestamp))
        {
            Finish();
        }

        return null;
    }

    // Closed as one closes a stream: what is sent meanwhile waits for the next. Once: the other side has until the deadline.
    private void Finish()
    {
        if (!_isClosed)
        {
            IsFinishing = true;
            _ = Close();
            Acknowledgements?.Tell();
            Output.End(null);
            SetDeadline(Options.CloseTimeout);
            Output.Flush();
        }
    }

    /// <summary>Waits until the other server has acknowledged what it was sent, for half of <see cref="Hosting.XmppServerOptions.CloseTimeout"/> at most.</summary>
    internal override void Stop(StreamException error)
    {
        Volatile.Write(ref _stopBy, Time.GetTimestamp() + (long)(Options.CloseTimeout.TotalSeconds / 2 * Time.TimestampFrequency));
        Volatile.Write(ref _stopping, error);
        Output.RequestAcknowledgement();
        StopIfDone();
    }

    private void StopIfDone()
    {
        if (Volatile.Read(ref _stopping) is { } error && !Management.IsOwed)
        {
            base.Stop(error);
        }
    }

    private Negotiation Acknowledged()
    {
        _remote.Relieve(this);
        StopIfDone();
        return Negotiation.Continue;
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

        if (Policy.NeedsCertificate && !(IsSecure && _certificate.VouchesFor(_remote.Domain)))
        {
            return GiveUp("its certificate is not one for its name from an authority that is trusted here");
        }

        ChooseProofs(features);

        // Stream management is worth more than one stream less.
        _mayTurnBidirectional = !_isBidirectional && !State.HasFlag(StreamState.Authenticated) && MayTakeStanzas
            && features.Child(BidirectionalElement.Feature) is not null && features.Child(ManagementElement.Feature) is null;
        OfferManagement(features.Child(ManagementElement.Feature) is not null);
        _takesErrors = features.Child(DialbackElement.Feature)?.Child("errors", DialbackElement.FeatureNamespace) is not null;

        // Who waits for an answer has its own time (RemoteServer); the stream itself may be idle for as long as is configured.
        SetDeadline(TimeSpan.Zero);
        BeginUse();
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

    // Does what has been asked for, as far as the stream has come.
    private void Work()
    {
        (RemoteServer Remote, Jid Local)[] unprovable = [];
        lock (_gate)
        {
            if (_step != Step.Open || _isOver)
            {
                return;
            }

            _isForStanzas |= _wanted.Count > 0;

            // Where another domain has proven itself by a key, or is about to, the stream does not begin anew: its stanzas are under way.
            var isByCertificate = _mayUseExternal && _asserted.Count == 0 && !State.HasFlag(StreamState.Authenticated) && _wanted.Contains((_remote, _first));
            if (!isByCertificate)
            {
                unprovable = [.. _wanted.Where(entry => !MayBeProven(entry.Remote, entry.Local))];
                _wanted.ExceptWith(unprovable);
            }

            TurnBidirectional();
            if (isByCertificate)
            {
                BeginExternal();
            }
            else
            {
                WriteKeys();
                WriteQuestions();
            }
        }

        Output.Flush();
        Refuse(unprovable);
    }

    private Negotiation PeerFailed(XmlElement error)
    {
        IsHostUnknown = error.Child("host-unknown", Namespaces.StreamErrors) is not null;
        Problem = $"it ended the stream: {Describe(error)}{Advice(error, _remote.Domain)}";
        return Negotiation.Close;
    }

    private Negotiation GiveUp(string problem)
    {
        Problem = problem;
        return Negotiation.Close;
    }
}
