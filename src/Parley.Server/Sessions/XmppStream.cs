using System.Buffers;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Hosting;

namespace Parley.Server.Sessions;

/// <summary>A stream, of a client, a server or a component: its header, its deadline and its end (RFC 6120 §4). What is said on it is for the kinds of streams.</summary>
/// <remarks>One logical thread at a time receives; <see cref="Terminate(StreamException)"/> and the heartbeat may come from any.</remarks>
public abstract class XmppStream : IHeartbeatTarget
{
    /// <summary>The error that ends a stream: one from the peer is not answered with another (RFC 6120 §4.9.1.1).</summary>
    private protected static readonly XmlName PeersError = new("error", Namespaces.Streams);

    private readonly StreamServices _services;
    private readonly int _maxOutputBytes;
    private StreamException? _terminated;

    // Whether what the stream carries may outlive it, whatever was the reason given last.
    private bool _mayBeKept = true;
    private long _deadline;

    private protected XmppStream(StreamConnection connection, StreamServices services, int maxOutputBytes, bool isShared = false)
    {
        Connection = connection;
        _services = services;
        _maxOutputBytes = maxOutputBytes;
        State = connection.InitialState;
        Output = new OutputQueue(
            services.WireLog is { } log ? connection.LoggedBy(log) : connection, connection.Framing, maxOutputBytes, OnOverflow, isShared)
        {
            AwaitsConfirmation = connection.ConfirmsOutput,
        };
        SetDeadline(services.Options.NegotiationTimeout);
    }

    /// <summary>What has been negotiated.</summary>
    public StreamState State { get; private protected set; }

    /// <summary>What the stream lies upon.</summary>
    public StreamConnection Connection { get; }

    /// <summary>The bytes on their way to the peer.</summary>
    public OutputQueue Output { get; }

    /// <summary>The connections that the stanzas of the present batch wrote to.</summary>
    public FlushSet Flush { get; } = new();

    /// <summary>The domain of ours that the stream is addressed to; null before the first header.</summary>
    public Jid? Domain { get; private protected set; }

    public bool IsSecure => State.HasFlag(StreamState.Secure);

    public XmppServerOptions Options => _services.Options;

    /// <summary>What one element may be now.</summary>
    internal XmlLimits Limits => State.HasFlag(StreamState.Authenticated) ? Options.StanzaLimits : Options.StanzaLimitsBeforeAuthentication;

    /// <summary>Bytes a second that the peer may send on average, where rates are limited.</summary>
    internal virtual int MaxBytesPerSecond => Options.MaxBytesPerSecond;

    internal TimeProvider Time => _services.Time;

    internal ServerMeters Meters => _services.Meters;

    /// <summary>Why the stream is to end, set from outside the read loop; null while it goes on.</summary>
    internal StreamException? Terminated => Volatile.Read(ref _terminated);

    /// <summary>Whether what comes is still taken.</summary>
    internal bool GoesOn => Terminated is not { } reason || Lingers(reason);

    /// <summary>Whether the present stream has been opened from this side; a restart begins another.</summary>
    private protected bool HeaderSent { get; set; }

    /// <summary>Reads what opens or restarts the stream, and answers it.</summary>
    internal abstract void ReceiveHeader(ReadOnlySpan<byte> opening);

    /// <summary>Handles one top-level element.</summary>
    /// <exception cref="StreamException">The element ends the stream.</exception>
    internal abstract ValueTask<Negotiation> ReceiveAsync(ReadOnlySpan<byte> element, CancellationToken cancellationToken);

    /// <summary>Writes an element that is no stanza.</summary>
    public void Send(Action<Utf8XmlWriter> write) => Output.Write(XmlFragment.Build(write, Namespaces.Client));

    /// <summary>Lays TLS upon the connection; the peer opens the stream anew.</summary>
    /// <param name="handshake">Its handshake.</param>
    internal virtual async Task SecureAsync(Func<Task> handshake)
    {
        Output.Flush();
        await Output.DrainAsync();
        HeaderSent = false;
        await handshake();
        State |= StreamState.Secure;
    }

    /// <summary>The connection was under TLS from its first byte (XEP-0368).</summary>
    internal void BeganSecure() => State |= StreamState.Secure;

    /// <summary>Ends the stream with an error, from any thread; the first reason given is the one that is told.</summary>
    public void Terminate(StreamException error) => Terminate(error, keepSession: false);

    /// <inheritdoc cref="Terminate(StreamException)"/>
    /// <param name="error">What the peer is told.</param>
    /// <param name="keepSession">Whether the peer may resume the session on another stream, where it may at all (XEP-0198 §5).</param>
    internal void Terminate(StreamException error, bool keepSession)
    {
        if (!keepSession)
        {
            Volatile.Write(ref _mayBeKept, false);
        }

        if (Interlocked.CompareExchange(ref _terminated, error, null) is null)
        {
            SetDeadline(Options.CloseTimeout);
            Connection.Wake();
        }
    }

    /// <summary>Whatever arrived counts as a sign of life.</summary>
    internal virtual void NoteActivity()
    {
    }

    void IHeartbeatTarget.OnHeartbeat(long timestamp)
    {
        if (timestamp < Volatile.Read(ref _deadline))
        {
            if (Terminated is null && Check(timestamp) is { } reason)
            {
                Terminate(new StreamException(StreamErrorCondition.ConnectionTimeout, reason), keepSession: true);
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

    /// <summary>Says what ends the stream and closes it; what it carried goes on without it or ends, too.</summary>
    /// <param name="error">What the peer is told; null for nothing.</param>
    /// <param name="isFinished">Whether the stream was ended, and not only lost: by the peer's closing tag, or by a fault (XEP-0198 §7).</param>
    internal async Task EndAsync(StreamException? error, bool isFinished)
    {
        Interlocked.CompareExchange(ref _terminated, error ?? new StreamException(StreamErrorCondition.Reset), null);
        SetDeadline(Options.CloseTimeout);
        WasFinished = isFinished;
        if (HeaderSent && (isFinished || error is not null))
        {
            await TakeLeaveAsync();
        }

        var isKept = !isFinished && Volatile.Read(ref _mayBeKept) && TryKeep();
        if (error is not null)
        {
            Meters.StreamError(StreamError.Name(error.Condition));
            Log.StreamError(_services.Logger, Connection.Id, StreamError.Name(error.Condition), error.Text);
        }

        // Who has been told that its stream is closed begins anew; who has not comes back for its session after the restart (XEP-0198 §7).
        var isSilent = isKept && error?.Condition == StreamErrorCondition.SystemShutdown;
        if (!isSilent && error is not null && !HeaderSent)
        {
            SendHeader(null);
        }

        if (isSilent || !HeaderSent)
        {
            Output.Close();
        }
        else
        {
            Output.End(error);
        }

        if (!isKept)
        {
            await EndedAsync();
        }

        await Output.DrainAsync();
    }

    /// <summary>Whether the stream was ended, and not only lost; known once it is over.</summary>
    private protected bool WasFinished { get; private set; }

    /// <summary>Says what the peer should know before a stream is closed to it.</summary>
    private protected virtual ValueTask TakeLeaveAsync() => ValueTask.CompletedTask;

    /// <summary>Begins to end the stream because the server stops, from any thread.</summary>
    internal virtual void Stop(StreamException error) => Terminate(error, keepSession: true);

    /// <summary>Has what the stream carries go on without it; false when it cannot.</summary>
    private protected virtual bool TryKeep() => false;

    /// <summary>Whether a stream that is to end takes what the peer sends until it has heard of that; the peer has <see cref="XmppServerOptions.CloseTimeout"/>.</summary>
    private protected virtual bool Lingers(StreamException reason) => false;

    /// <summary>The stream is over, and what it carried with it.</summary>
    private protected virtual Task EndedAsync() => Task.CompletedTask;

    /// <summary>Asked once a second: why the peer counts as gone, or null.</summary>
    private protected virtual string? Check(long timestamp) => null;

    /// <summary>Writes our own header, in answer to the peer's as far as that could be read.</summary>
    private protected abstract void SendHeader(StreamHeader? theirs);

    /// <summary>Puts off the moment at which the stream ends for its silence; zero for ever.</summary>
    private protected void SetDeadline(TimeSpan fromNow) =>
        Volatile.Write(ref _deadline, fromNow <= TimeSpan.Zero
            ? long.MaxValue
            : _services.Time.GetTimestamp() + (long)(fromNow.TotalSeconds * _services.Time.TimestampFrequency));

    /// <summary>A name for a stream that nobody guesses (RFC 6120 §4.7.3).</summary>
    private protected static string NewId() => Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));

    private protected static void CheckVersion(StreamHeader header)
    {
        if (header.Version is not { Major: >= 1 })
        {
            throw new StreamException(StreamErrorCondition.UnsupportedVersion, "This server speaks XMPP 1.0.");
        }
    }

    /// <summary>A header's language, as it stands in stanzas that say none (RFC 6120 §4.7.4).</summary>
    private protected static ReadOnlyMemory<byte> EscapedLanguage(string? language)
    {
        if (language is null)
        {
            return default;
        }

        var output = new ArrayBufferWriter<byte>(language.Length);
        Utf8XmlWriter.EscapeAttribute(Encoding.UTF8.GetBytes(language), output);
        return output.WrittenMemory;
    }

    private void OnOverflow()
    {
        Meters.Overflowed();
        Log.Overflowed(_services.Logger, Connection.Id, _maxOutputBytes);
        Connection.Abort();
    }
}
