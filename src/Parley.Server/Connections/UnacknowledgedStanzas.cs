using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;

namespace Parley.Server.Connections;

/// <summary>The stanzas that were sent and not acknowledged yet, counted as XEP-0198 §4 does: from zero, modulo 2^32.</summary>
/// <remarks>
/// When an acknowledgement is asked for: once <see cref="StanzasPerRequest"/> stanzas or <see cref="BytesPerRequest"/> bytes have been sent since the last
/// request, and by the heartbeat when something is left unasked. Guarded by the lock of the queue that it belongs to.
/// </remarks>
public sealed class UnacknowledgedStanzas(TimeProvider time)
{
    /// <summary>How many stanzas are sent before the client is asked to acknowledge.</summary>
    public const int StanzasPerRequest = 16;

    /// <summary>How many bytes are sent before the client is asked to acknowledge.</summary>
    public const int BytesPerRequest = 16 * 1024;

    private readonly SentStanzaRing _stanzas = new();
    private readonly Queue<(uint Count, TaskCompletionSource<bool> Reached)> _waiting = new();

    // Not modulo anything: at its end it stays there.
    private uint _acknowledgedEver;
    private int _sinceRequest;
    private int _bytesSinceRequest;
    private long _moment;

    /// <summary>How many were sent.</summary>
    public uint Sent { get; private set; }

    /// <summary>How many are not acknowledged.</summary>
    public int Count => _stanzas.Count;

    /// <summary>How many were acknowledged: the last 'h' of the peer.</summary>
    public uint Acknowledged => Sent - (uint)_stanzas.Count;

    /// <summary>About how much memory they take.</summary>
    public int Bytes => _stanzas.Bytes;

    /// <summary>Since when a request is without an answer; null when none is.</summary>
    public long? RequestedAt { get; private set; }

    /// <summary>Whether enough has been sent since the last request to ask again.</summary>
    internal bool IsRequestDue => _sinceRequest >= StanzasPerRequest || _bytesSinceRequest >= BytesPerRequest;

    /// <summary>Whether something has been sent since the last request.</summary>
    internal bool HasUnasked => _sinceRequest > 0;

    /// <summary>Continues a count that was kept.</summary>
    internal void StartAt(uint acknowledged)
    {
        Sent = acknowledged + (uint)_stanzas.Count;
        _acknowledgedEver = acknowledged;
    }

    internal IEnumerable<SentStanza> Stanzas => _stanzas.Stanzas;

    /// <summary>Keeps and counts a stanza.</summary>
    /// <param name="stanza">The stanza.</param>
    /// <param name="from">Its sender here.</param>
    /// <param name="to">Its recipient here.</param>
    /// <param name="fallback">What becomes of it when it does not arrive.</param>
    /// <param name="isSameMoment">Whether it leaves together with the one before: the clock is not asked again.</param>
    internal void Add(Stanza stanza, Jid? from, Jid? to, Fallback fallback, bool isSameMoment)
    {
        if (!isSameMoment)
        {
            _moment = time.GetUtcNow().UtcTicks;
        }

        Add(stanza, from, to, fallback, _moment);
    }

    /// <summary>Keeps and counts one that was sent before.</summary>
    internal void Add(SentStanza sent) => Add(sent.Stanza, sent.From, sent.To, sent.Fallback, sent.At.UtcTicks);

    private void Add(Stanza stanza, Jid? from, Jid? to, Fallback fallback, long at)
    {
        var size = _stanzas.Add(stanza, from, to, fallback, at);
        Sent++;
        _sinceRequest++;
        _bytesSinceRequest += size;
    }

    /// <summary>Whether an 'h' is behind the last one: it says nothing that is not known, and claims nothing that cannot be.</summary>
    internal bool IsBehind(uint handled)
    {
        // Half of the range at most: beyond, it is ahead.
        var distance = Acknowledged - handled;
        return distance > 0 && distance <= Math.Min(_acknowledgedEver, int.MaxValue);
    }

    /// <summary>Forgets what the peer has handled; false, and nothing is forgotten, when it claims more than it was sent.</summary>
    internal bool TryAcknowledge(uint handled)
    {
        var count = handled - Acknowledged;
        if (count > (uint)_stanzas.Count)
        {
            return false;
        }

        _acknowledgedEver += Math.Min(count, uint.MaxValue - _acknowledgedEver);
        _stanzas.Remove((int)count);
        RequestedAt = null;
        while (_waiting.TryPeek(out var first) && (int)(Acknowledged - first.Count) >= 0)
        {
            _waiting.Dequeue().Reached.TrySetResult(true);
        }

        return true;
    }

    /// <summary>An acknowledgement has been asked for.</summary>
    internal void Requested()
    {
        RequestedAt ??= time.GetTimestamp();
        _sinceRequest = 0;
        _bytesSinceRequest = 0;
    }

    /// <summary>A new connection: what was asked on the old one is not answered any more, and all is sent again.</summary>
    internal void SentAgain()
    {
        RequestedAt = null;
        _sinceRequest = _stanzas.Count;
        _bytesSinceRequest = Bytes;
    }

    /// <summary>Completes when all sent so far is acknowledged (true), or never will be (false).</summary>
    internal Task<bool> AcknowledgedAsync()
    {
        if (_stanzas.Count == 0)
        {
            return Task.FromResult(true);
        }

        var reached = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue((Sent, reached));
        return reached.Task;
    }

    /// <summary>Takes everything out: there will be no acknowledgement any more.</summary>
    internal IReadOnlyList<SentStanza> TakeAll()
    {
        SentStanza[] all = [.. _stanzas.Stanzas];
        _stanzas.Remove(all.Length);
        while (_waiting.TryDequeue(out var waiting))
        {
            waiting.Reached.TrySetResult(false);
        }

        return all;
    }
}
