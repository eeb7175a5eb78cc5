using System.Diagnostics.Metrics;
using Parley.Protocol.Stanzas;

namespace Parley.Server.Diagnostics;

/// <summary>The server's figures, under the meter <c>Parley.Server</c>.</summary>
public sealed class ServerMeters : IDisposable
{
    private static readonly KeyValuePair<string, object?>[] Kinds =
    [
        new("kind", "message"),
        new("kind", "presence"),
        new("kind", "iq"),
    ];

    private readonly Meter _meter = new("Parley.Server");
    private readonly Counter<long> _in;
    private readonly Counter<long> _out;
    private readonly UpDownCounter<long> _streams;
    private readonly UpDownCounter<long> _sessions;
    private readonly Counter<long> _authenticationFailures;
    private readonly Counter<long> _streamErrors;
    private readonly Counter<long> _overflows;

    public ServerMeters()
    {
        _in = _meter.CreateCounter<long>("parley.stanzas.in", "{stanza}", "Stanzas received from clients.");
        _out = _meter.CreateCounter<long>("parley.stanzas.out", "{stanza}", "Stanzas written to clients.");
        _streams = _meter.CreateUpDownCounter<long>("parley.streams", "{stream}", "Open client streams.");
        _sessions = _meter.CreateUpDownCounter<long>("parley.sessions", "{session}", "Bound resources.");
        _authenticationFailures = _meter.CreateCounter<long>("parley.authentication.failures", "{failure}", "Failed authentications.");
        _streamErrors = _meter.CreateCounter<long>("parley.stream.errors", "{error}", "Streams ended with an error, by condition.");
        _overflows = _meter.CreateCounter<long>("parley.queue.overflows", "{connection}", "Connections cut off because they did not read.");
    }

    public void StanzaIn(StanzaKind kind) => _in.Add(1, Kinds[(int)kind]);

    public void StanzaOut(StanzaKind kind) => _out.Add(1, Kinds[(int)kind]);

    public void StreamOpened() => _streams.Add(1);

    public void StreamClosed() => _streams.Add(-1);

    public void SessionBound() => _sessions.Add(1);

    public void SessionEnded() => _sessions.Add(-1);

    public void AuthenticationFailed(string mechanism) => _authenticationFailures.Add(1, new KeyValuePair<string, object?>("mechanism", mechanism));

    public void StreamError(string condition) => _streamErrors.Add(1, new KeyValuePair<string, object?>("condition", condition));

    public void Overflowed() => _overflows.Add(1);

    /// <summary>Publishes the bytes that wait in all output queues, asked for when somebody looks.</summary>
    public void ObserveQueues(Func<long> bytes) =>
        _meter.CreateObservableGauge("parley.queue.bytes", bytes, "By", "Bytes that wait for clients to read them.");

    public void Dispose() => _meter.Dispose();
}
