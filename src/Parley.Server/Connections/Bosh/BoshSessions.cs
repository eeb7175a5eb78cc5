using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Parley.Protocol.Streams;
using Parley.Server.Sessions;

namespace Parley.Server.Connections.Bosh;

/// <summary>The BOSH sessions of this process, by their names.</summary>
public sealed class BoshSessions(IOptions<BoshOptions> options, ClientStreamPump pump, ClientStreamServices services, Heartbeat heartbeat)
{
    private readonly ConcurrentDictionary<UInt128, BoshConnection> _sessions = new();
    private readonly BoshServices _services = new(options.Value, services);
    private int _count;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The session of that name, or null.</summary>
    public BoshConnection? Find(UInt128 sid) => _sessions.GetValueOrDefault(sid);

    /// <summary>Creates a session for a request that asks for one. What comes of it is the request's answer.</summary>
    /// <returns>The session; null when there are too many.</returns>
    /// <param name="terms">What was agreed on.</param>
    /// <param name="first">The request.</param>
    /// <param name="address">Where it came from; the limits on connections count a session as one.</param>
    internal BoshConnection? Create(BoshTerms terms, BoshExchange first, IPAddress address)
    {
        if (Interlocked.Increment(ref _count) > options.Value.MaxSessions || !_services.Beginners.TryEnter(address))
        {
            Interlocked.Decrement(ref _count);
            first.Release();
            first.Complete(BoshAnswer.Terminal(
                BoshCondition.RemoteStreamError, StreamError.Encode(new StreamException(StreamErrorCondition.ResourceConstraint))));
            return null;
        }

        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        var sid = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(random);
        var connection = new BoshConnection(sid, terms, first, address, _services);
        _sessions[sid] = connection;
        heartbeat.Add(connection);
        connection.Receive(first);
        _ = RunAsync(connection);
        return connection;
    }

    private async Task RunAsync(BoshConnection connection)
    {
        await pump.RunAsync(connection, connection.ReadAllAsync);
        connection.EndBeginning();
        heartbeat.Remove(connection);
        _sessions.TryRemove(connection.Sid, out _);
        Interlocked.Decrement(ref _count);
    }
}
