using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Diagnostics;

namespace Parley.Server.Federation;

/// <content>The way to a stream, and what happens when there is none.</content>
internal sealed partial class RemoteServer
{
    private const int MaxDoublings = 20;
    private readonly List<TaskCompletionSource<OutboundServerStream?>> _awaiting = [];
    private bool _isConnecting;
    private bool _isHostUnknown;
    private int _failures;
    private long _retryAt = long.MinValue;
    private long _askableAt = long.MinValue;
    private StanzaError _reason = new(StanzaErrorCondition.RemoteServerNotFound);

    private bool IsAway => IsAwayUntil(_retryAt);

    // A key in its name says that it may be back: worth a try before stanzas are.
    private bool IsAwayForQuestions => IsAwayUntil(Math.Min(_retryAt, _askableAt));

    /// <summary>A stream has come about, told on its own read loop: nothing of it is lost before it is known here.</summary>
    /// <returns>The domains of ours that have something to send.</returns>
    internal Jid[] Opened(OutboundServerStream stream)
    {
        TaskCompletionSource<OutboundServerStream?>[] awaiting;
        Jid[] wanted;
        lock (_gate)
        {
            _isConnecting = false;
            _stream = stream;
            awaiting = TakeAwaiting();
            wanted = [.. _pairs.Where(entry => entry.Value.HasQueued || _suspended?.Locals.Contains(entry.Key) == true).Select(static entry => entry.Key)];
            foreach (var local in wanted)
            {
                // What waits may have been sent long ago, on a stream that was lost: this one is not idle for that.
                NoteUsed();
                _pairs[local].AskedAt = Now;
            }
        }

        foreach (var waiter in awaiting)
        {
            waiter.TrySetResult(stream);
        }

        return wanted;
    }

    // What follows is under the lock.
    private void Connect(Jid local)
    {
        if (!_isConnecting)
        {
            _isConnecting = true;
            _ = Task.Run(() => ConnectAsync(local));
        }
    }

    // This is not.
    private async Task ConnectAsync(Jid local)
    {
        if (await all.OpenAsync(this, local) is not { } failure)
        {
            return;
        }

        TaskCompletionSource<OutboundServerStream?>[] awaiting;
        List<Stanza> returned;
        StanzaError reason;
        lock (_gate)
        {
            _isConnecting = false;
            awaiting = TakeAwaiting();
            returned = Failed(failure.Reason, mayGoOn: !services.Streams.IsClosing);
            reason = _reason;
            _isHostUnknown = failure.IsHostUnknown;
        }

        foreach (var waiter in awaiting)
        {
            waiter.TrySetResult(null);
        }

        Log.ServerUnreachable(services.Logger, Domain.Domain, failure.Why);
        GiveBack(returned, reason);
    }

    private bool IsAwayUntil(long time) => _stream is null && !_isConnecting && Now < time;

    private TaskCompletionSource<OutboundServerStream?>[] TakeAwaiting()
    {
        TaskCompletionSource<OutboundServerStream?>[] awaiting = [.. _awaiting];
        _awaiting.Clear();
        return awaiting;
    }

    private List<Stanza> Failed(StanzaError reason, bool mayGoOn)
    {
        // What was sent once may have arrived: of that server nobody can say that it is not there.
        _reason = _lostSince is null ? reason : new StanzaError(StanzaErrorCondition.RemoteServerTimeout, reason.Text);
        _isHostUnknown = false;
        _retryAt = Now + Delay(_failures++);
        _askableAt = Now + Delay(0);
        if (mayGoOn && IsWaiting(_lostSince, Now))
        {
            return [];
        }

        _resends = 0;
        _lostSince = null;
        Release(null);
        List<Stanza> returned = [.. _pairs.Values.SelectMany(static pair => pair.TakeQueued())];
        _pairs.Clear();
        return returned;
    }

    // Twice as long each time.
    private long Delay(int failures) => (long)(services.Time.TimestampFrequency
        * Math.Min(services.Federation.RetryDelay.TotalSeconds * Math.Pow(2, Math.Min(failures, MaxDoublings)), services.Federation.MaxRetryDelay.TotalSeconds));
}
