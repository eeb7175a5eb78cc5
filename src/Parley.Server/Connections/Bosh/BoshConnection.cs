using System.Buffers;
using System.Net;
using System.Threading.Tasks.Sources;
using Parley.Protocol.Streams;
using Parley.Server.Sessions;

namespace Parley.Server.Connections.Bosh;

/// <summary>A BOSH session as what a stream lies upon (XEP-0124): requests come in over many HTTP connections, output leaves with their answers.</summary>
/// <remarks>
/// One logical thread handles requests, in the order of their ids: the read loop, which runs on whichever thread brought the request that was due.
/// Output waits while no request is held. Without a request it has no buffer, thread or timer; it looks at the time when the <see cref="Heartbeat"/> does.
/// </remarks>
public sealed partial class BoshConnection : StreamConnection, IHeartbeatTarget, IValueTaskSource
{
    private const int FullAnswer = 64 * 1024;
    private readonly Lock _gate = new();
    private readonly BoshWindow _window;
    private readonly string _id;
    private ManualResetValueTaskSourceCore<bool> _written;
    private ReadOnlyMemory<byte> _waiting;
    private PendingBytes? _answer;
    private StreamHeader? _header;
    private bool _isOpened;
    private long _writes;
    private bool _isWaiting;
    private bool _takesNoMore;
    private bool _isOver;

    // How the session ends, as far as it is known; what ends it before its stream has begun are the limits on connections.
    private BoshCondition _end = BoshCondition.PolicyViolation;
    private BoshExchange? _cause;
    private int _errorLength;

    // The stream is closed without an error: what is still written goes with the end.
    private bool _isClosing;

    /// <param name="sid">The session's name, which nobody guesses.</param>
    /// <param name="terms">What was agreed on.</param>
    /// <param name="first">The request that creates it.</param>
    /// <param name="address">Where that came from.</param>
    /// <param name="services">What sessions share.</param>
    internal BoshConnection(UInt128 sid, BoshTerms terms, BoshExchange first, IPAddress address, BoshServices services)
    {
        Sid = sid;
        Terms = terms;
        RemoteAddress = address;
        _services = services;
        _id = services.NextId();
        _window = new BoshWindow(terms, first.Rid, services.Options.MaxKeptBytes, services.Time);
        Framing = new BoshFraming(this);
    }

    /// <summary>The session's name.</summary>
    public UInt128 Sid { get; }

    /// <summary>What was agreed on.</summary>
    public BoshTerms Terms { get; }

    /// <summary>Whether the request that created it came securely: all others have to, then (XEP-0124 §19.1).</summary>
    public bool IsSecure => Terms.IsSecure;

    public override string Id => _id;

    public override IPAddress RemoteAddress { get; }

    /// <summary>Whether the client is authenticated: it may send more at a time then.</summary>
    internal bool IsAuthenticated => _stream?.State.HasFlag(StreamState.Authenticated) == true;

    internal override StreamFraming Framing { get; }

    internal override bool ConfirmsOutput => true;

    internal override StreamState InitialState => IsSecure ? StreamState.OverHttp | StreamState.Secure : StreamState.OverHttp;

    /// <summary>Output: it leaves at once if a request is held, and else waits for one.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _writes++;
            if (_takesNoMore)
            {
                throw Closed();
            }

            if (_answer is { Count: < FullAnswer })
            {
                _answer.Write(bytes.Span);
                return ValueTask.CompletedTask;
            }

            if (_answer is null && TryAnswer(bytes.Span))
            {
                return ValueTask.CompletedTask;
            }

            _written.Reset();
            _waiting = bytes;
            _isWaiting = true;
            return new(this, _written.Version);
        }
    }

    /// <summary>Ends the session now: what waits to be written fails, and requests that are held are answered.</summary>
    public override void Abort()
    {
        base.Abort();
        lock (_gate)
        {
            _isEnding = true;
            if (_end == BoshCondition.None)
            {
                _end = BoshCondition.InternalServerError;
            }
        }

        Close();
        Wake();
    }

    /// <summary>Tells whoever still waits that the session has ended.</summary>
    public override ValueTask DisposeAsync()
    {
        Close();
        lock (_gate)
        {
            _isOver = true;
            _window.Terminate(_end, [], _cause);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Our header: it goes into the wrapper of the first answer.</summary>
    internal void Opened(StreamHeader header) => _header ??= header;

    /// <summary>The stream's last words have been written.</summary>
    /// <param name="condition">The error.</param>
    /// <param name="length">The bytes that it takes, behind all others.</param>
    internal void Ends(StreamErrorCondition condition, int length)
    {
        _end = condition == StreamErrorCondition.SystemShutdown ? BoshCondition.SystemShutdown : BoshCondition.RemoteStreamError;
        Volatile.Write(ref _errorLength, length);
    }

    void IValueTaskSource.GetResult(short token) => _written.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _written.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _written.OnCompleted(continuation, state, token, flags);

    // One that waits is not given out yet.
    private long Given => _isWaiting ? _writes - 1 : _writes;

    private static IOException Closed() => new("The session is closed.");

    private bool IsLast(ReadOnlySpan<byte> bytes) => _isClosing || (Volatile.Read(ref _errorLength) > 0 && bytes.EndsWith("</stream:error>"u8));

    // Under the lock. False when there is no request to answer.
    private bool TryAnswer(ReadOnlySpan<byte> bytes)
    {
        if (IsLast(bytes))
        {
            return TryTerminate(bytes, null);
        }

        if (!_window.CanAnswer)
        {
            return false;
        }

        _window.AnswerOldest(bytes, TakeOpening(), _writes);
        return true;
    }

    // Under the lock. False when there is nobody to tell.
    private bool TryTerminate(ReadOnlySpan<byte> bytes, BoshExchange? cause)
    {
        if (cause is null && !_window.HasLive)
        {
            return false;
        }

        _window.Terminate(_end, Last(bytes), cause);
        _takesNoMore = true;
        return true;
    }

    // A stop is told by its condition alone; any other stream error stands within (XEP-0206 §6).
    private ReadOnlySpan<byte> Last(ReadOnlySpan<byte> bytes) => _end == BoshCondition.SystemShutdown ? bytes[..^_errorLength] : bytes;

    /// <summary>What waited to be written goes into one answer with what comes behind it; then whatever more requests are held than may be are answered.</summary>
    private void Settle()
    {
        GiveWaiting();
        lock (_gate)
        {
            while (_answer is null && !_isOver && _window.MustAnswer)
            {
                _window.AnswerOldest([], TakeOpening(), Given);
            }
        }
    }

    private void GiveWaiting()
    {
        while (TryTakeWaiting(out var isOpen))
        {
            // Whoever writes goes on in here, and finds the answer still open.
            _written.SetResult(true);
            if (isOpen)
            {
                Seal();
            }
        }
    }

    private bool TryTakeWaiting(out bool isOpen)
    {
        lock (_gate)
        {
            isOpen = false;
            if (!_isWaiting || _answer is not null)
            {
                return false;
            }

            if (IsLast(_waiting.Span))
            {
                if (!TryTerminate(_waiting.Span, null))
                {
                    return false;
                }
            }
            else if (_window.CanAnswer)
            {
                _answer = new PendingBytes();
                _answer.Write(_waiting.Span);
                isOpen = true;
            }
            else
            {
                return false;
            }

            _isWaiting = false;
            _waiting = default;
            return true;
        }
    }

    private void Seal()
    {
        byte[] bytes;
        lock (_gate)
        {
            (bytes, var count) = _answer!.Take();
            _answer = null;
            var content = bytes.AsSpan(0, count);
            if (IsLast(content))
            {
                _window.Terminate(_end, Last(content));
                _takesNoMore = true;
            }
            else if (_window.HasOpen)
            {
                _window.AnswerOldest(content, TakeOpening(), Given);
            }
        }

        ArrayPool<byte>.Shared.Return(bytes);
    }

    // Nothing more is written; what waits finds another end.
    private void Close()
    {
        bool wasWaiting;
        lock (_gate)
        {
            _takesNoMore = true;
            wasWaiting = _isWaiting;
            _isWaiting = false;
            _waiting = default;
        }

        if (wasWaiting)
        {
            _written.SetException(Closed());
        }
    }

    // The attributes of the answer that creates the session (XEP-0124 §7.2, XEP-0206 §4); empty for all others.
    private ReadOnlySpan<byte> TakeOpening()
    {
        if (_header is null || _isOpened)
        {
            return default;
        }

        _isOpened = true;
        return BoshCreated.Attributes(Sid, Terms, _header);
    }
}
