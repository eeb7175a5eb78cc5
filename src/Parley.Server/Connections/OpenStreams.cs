using System.Collections;
using System.Collections.Concurrent;
using Parley.Protocol.Streams;
using Parley.Server.Sessions;

namespace Parley.Server.Connections;

/// <summary>The streams of this process, each asked once a second whether its time is up.</summary>
public sealed class OpenStreams(Heartbeat heartbeat) : IEnumerable<XmppStream>
{
    private readonly ConcurrentDictionary<XmppStream, byte> _streams = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StreamException? _closing;

    /// <summary>Whether all streams have been ended, and no more are accepted.</summary>
    public bool IsClosing => Volatile.Read(ref _closing) is not null;

    /// <summary>Adds a stream; one that comes after <see cref="TerminateAll"/> is ended at once.</summary>
    public void Add(XmppStream stream)
    {
        _streams.TryAdd(stream, 0);
        heartbeat.Add(stream);
        if (Volatile.Read(ref _closing) is { } error)
        {
            stream.Stop(error);
        }
    }

    public void Remove(XmppStream stream)
    {
        heartbeat.Remove(stream);
        _streams.TryRemove(stream, out _);
        EndIfEmpty();
    }

    /// <summary>Ends all streams, and those to come.</summary>
    public void TerminateAll(StreamException error)
    {
        Volatile.Write(ref _closing, error);
        foreach (var stream in this)
        {
            stream.Stop(error);
        }

        EndIfEmpty();
    }

    /// <summary>Completes when, after <see cref="TerminateAll"/>, the last stream has ended.</summary>
    public Task AllEndedAsync(CancellationToken cancellationToken) => _ended.Task.WaitAsync(cancellationToken);

    public IEnumerator<XmppStream> GetEnumerator() => _streams.Select(static pair => pair.Key).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void EndIfEmpty()
    {
        if (_closing is not null && _streams.IsEmpty)
        {
            _ended.TrySetResult();
        }
    }
}
