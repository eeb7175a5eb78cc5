using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Sessions.Management;
using Parley.Server.Storage;

namespace Parley.Server.Sessions;

/// <content>How long a session lives: on its stream, for a while without one, on another (XEP-0198 §5), and what becomes of the rest when it ends.</content>
public sealed partial class ClientSession
{
    private readonly Lock _lifecycle = new();
    private Acknowledgements? _acknowledgements;
    private TaskCompletionSource? _parted;
    private long _detachedAt;
    private bool _ended;

    // Whatever its stream does now, the session is to end with it.
    private bool _isOver;

    /// <summary>Whether stanzas are acknowledged on the session's stream (XEP-0198 §3).</summary>
    public bool IsManaged => _acknowledgements is not null;

    /// <summary>The id by which the client may resume the session; null when it may not.</summary>
    internal string? ResumptionId { get; private set; }

    /// <summary>How long the session is kept without a connection.</summary>
    internal TimeSpan ResumptionTime { get; private set; }

    /// <summary>Whether the session has no connection, and waits to be resumed.</summary>
    internal bool IsDetached => _stream is null && !_ended;

    /// <summary>Whether the session has a connection, and nothing has been said yet to end its stream.</summary>
    internal bool IsConnected => _stream is { Terminated: null };

    /// <summary>How many of the client's stanzas are handled, as XEP-0198 counts.</summary>
    internal uint HandledCount => _acknowledgements?.Handled ?? 0;

    /// <summary>Ends the session with an error, from any thread: its stream, if it has one, and what was kept for it.</summary>
    public void Terminate(StreamException error)
    {
        ClientStream? stream;
        lock (_lifecycle)
        {
            // From here on it neither parts from its stream nor gets another.
            _isOver = true;
            stream = _stream;
        }

        if (stream is not null)
        {
            stream.Terminate(error);
        }
        else
        {
            _services.Resumable.End(this);
        }
    }

    /// <summary>Gives up the session's connection, if it has one, from any thread: the session goes on without it if the client may resume it, and ends otherwise.</summary>
    /// <param name="error">What the client is told, if it still listens.</param>
    public void Disconnect(StreamException error) => _stream?.Terminate(error, keepSession: true);

    /// <summary>Stanzas are counted and acknowledged from here on, both ways.</summary>
    internal void Manage(string? resumptionId, TimeSpan resumptionTime, byte[] answer)
    {
        ResumptionId = resumptionId;
        ResumptionTime = resumptionTime;
        StartAcknowledging(0);
        Output.Manage(new UnacknowledgedStanzas(_services.Time), answer);
    }

    /// <summary>The acknowledgements of the session's stream, and of those before it; null without stream management.</summary>
    internal Acknowledgements? Acknowledgements => _acknowledgements;

    /// <summary>The connection is lost: the session goes on without one, if the client may resume it.</summary>
    internal bool TryDetach(ClientStream stream)
    {
        lock (_lifecycle)
        {
            if (ResumptionId is null || _ended || _isOver || _stream != stream || Output.Park(WhenFull) is not { } parked)
            {
                return false;
            }

            Output = parked;
            _acknowledgements!.Forget();
            _detachedAt = _services.Time.GetTimestamp();
            _stream = null;
            _parted?.TrySetResult();
            _parted = null;
        }

        Log.Detached(_services.Logger, stream.Connection.Id, Jid.ToString());
        return true;
    }

    /// <summary>Has the stream that the session is on end, if there is one; true when it is off it, and all that came on it is handled, before <paramref name="patience"/> is over.</summary>
    internal async Task<bool> IsDetachedAsync(CancellationToken patience, CancellationToken cancellationToken)
    {
        var parted = Task.CompletedTask;
        ClientStream? stream;
        lock (_lifecycle)
        {
            stream = _ended ? null : _stream;
            if (stream is not null)
            {
                parted = (_parted ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }

        stream?.Terminate(new StreamException(StreamErrorCondition.Conflict, "Resumed on another connection."), keepSession: true);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience, cancellationToken);
            await parted.WaitAsync(either.Token);
            await Received.SettledAsync().AsTask().WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Goes on on another stream: the client's count is applied, the answer written, and all that it has not handled sent again.</summary>
    /// <returns>False when the session has ended, or is on a stream again.</returns>
    /// <exception cref="StreamException">The client claims to have handled more than it was sent.</exception>
    internal bool TryAttach(ClientStream stream, uint handled)
    {
        lock (_lifecycle)
        {
            if (_ended || _isOver || _stream is not null || Output.Overflowed)
            {
                return false;
            }

            var answer = ManagementElement.Resumed(HandledCount, ResumptionId!);
            if (!Output.MoveTo(stream.Output, handled, answer, out var sent))
            {
                throw ManagementElement.CountTooHigh(handled.ToString(System.Globalization.CultureInfo.InvariantCulture), sent);
            }

            Output = stream.Output;
            _stream = stream;
            _wasSecure = stream.IsSecure;
        }

        return true;
    }

    /// <summary>Whether the session has been without a connection for as long as it may.</summary>
    internal bool IsExpired(long timestamp) =>
        IsDetached && _services.Time.GetElapsedTime(Volatile.Read(ref _detachedAt), timestamp) >= ResumptionTime;

    /// <summary>Ends a session without a connection; one that has got one meanwhile goes on. Throws nothing: as a rule nobody waits.</summary>
    internal async Task EndAsync()
    {
        try
        {
            await EndAsync(null);
        }
        catch (Exception e)
        {
            Log.SessionEndFailed(_services.Logger, e, Jid.ToString());
        }
    }

    /// <summary>Ends the session: it leaves the directory, its contacts hear of it, and what it did not take finds another end (RFC 6121 §4.5, §8.5; XEP-0198 §4).</summary>
    internal async Task EndAsync(ClientStream? stream)
    {
        lock (_lifecycle)
        {
            if (_ended || _stream != stream)
            {
                return;
            }

            _ended = true;
            _parted?.TrySetResult();
            _parted = null;
        }

        var flush = new FlushSet();
        var isKnown = IsManaged || Output.Overflowed;
        if (!isKnown)
        {
            // What arrives is seen only when the transport has taken it, or is cut off: nothing waits for that.
            Output.Close();
            await LeaveAsync(flush);
            await stream!.Output.DrainAsync();
        }

        using (_services.Hold.Value.Hold(Account.Account))
        {
            if (isKnown)
            {
                Output.Close();
                await LeaveAsync(flush);
            }

            await RedeliverAsync(flush);
        }
    }

    private void StartAcknowledging(uint handledBefore) =>
        _acknowledgements = new Acknowledgements(Received, handledBefore, () => Output, _services.Time);

    // Called by whoever wrote the stanza that was too much.
    private void WhenFull() => _ = Task.Run(() => _services.Resumable.End(this));

    private async Task LeaveAsync(FlushSet flush)
    {
        _services.Meters.SessionEnded();
        _services.Sessions.Remove(this);
        if (ResumptionId is not null)
        {
            _services.Resumable.Remove(this);
        }

        foreach (var handler in _services.Registry.SessionEnded)
        {
            try
            {
                await handler(this, flush, CancellationToken.None);
            }
            catch (StorageException e)
            {
                Log.SessionEndNotKept(_services.Logger, e, Jid.ToString());
            }
            catch (Exception e)
            {
                Log.SessionEndFailed(_services.Logger, e, Jid.ToString());
            }
        }

        flush.Flush();
    }

    private async Task RedeliverAsync(FlushSet flush)
    {
        foreach (var sent in Output.TakeUndelivered())
        {
            if (sent.Fallback == Fallback.None || sent.Stanza.Kind == StanzaKind.Presence)
            {
                continue;
            }

            var stanza = sent.Addressed;
            try
            {
                if (stanza.Kind == StanzaKind.Iq)
                {
                    await _services.Router.RefuseAsync(stanza, new StanzaError(StanzaErrorCondition.ServiceUnavailable), null, flush, CancellationToken.None);
                }
                else
                {
                    await _services.Messages.RedeliverAsync(sent, flush, CancellationToken.None);
                }
            }
            catch (Exception e)
            {
                await _services.Router.GiveBackAsync(stanza, e, flush);
            }
        }

        flush.Flush();
    }
}
