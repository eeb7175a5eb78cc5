using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Parley.Server.Federation.Dns;

namespace Parley.Server.Tests.Federation.Dns;

/// <summary>A server on loopback that answers by UDP and TCP, on the same port, with what a test says, byte for byte.</summary>
internal sealed class FakeDnsServer : IAsyncDisposable
{
    private readonly Socket _datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly TcpListener _streams;
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<DnsMessage, bool, IEnumerable<byte[]>> _answer;
    private readonly Task _work;
    private int _questions;

    /// <summary>Answers each question with datagrams, or the messages of a stream.</summary>
    internal FakeDnsServer(Func<DnsMessage, bool, IEnumerable<byte[]>> answer)
    {
        _answer = answer;
        while (true)
        {
            _streams = new TcpListener(IPAddress.Loopback, 0);
            _streams.Start();
            try
            {
                _datagrams.Bind(_streams.LocalEndpoint);
                break;
            }
            catch (SocketException)
            {
                // The port is free for TCP and not for UDP.
                _streams.Dispose();
            }
        }

        _work = Task.WhenAll(DatagramsAsync(), StreamsAsync());
    }

    internal FakeDnsServer(Func<DnsMessage, DnsMessage?> answer)
        : this((question, _) => answer(question) is { } message ? [message.ToBytes()] : [])
    {
    }

    internal IPEndPoint Address => (IPEndPoint)_streams.LocalEndpoint;

    internal int Questions => Volatile.Read(ref _questions);

    internal static DnsMessage Answer(DnsMessage question, params DnsRecord[] records) => Like(question, answers: records);

    internal static DnsMessage Like(
        DnsMessage question, int idOffset = 0, string? name = null, DnsResponseCode code = DnsResponseCode.NoError, bool truncated = false, bool recursive = true,
        IReadOnlyList<DnsRecord>? answers = null, IReadOnlyList<DnsRecord>? authorities = null) => new()
        {
            Id = (ushort)(question.Id + idOffset),
            IsResponse = true,
            IsRecursive = recursive,
            IsTruncated = truncated,
            ResponseCode = code,
            Name = name ?? question.Name,
            Type = question.Type,
            Answers = answers ?? [],
            Authorities = authorities ?? [],
        };

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _datagrams.Dispose();
        _streams.Dispose();
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task DatagramsAsync()
    {
        var buffer = new byte[4096];
        while (true)
        {
            var received = await _datagrams.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
            Interlocked.Increment(ref _questions);
            foreach (var datagram in _answer(DnsMessage.Parse(buffer.AsSpan(0, received.ReceivedBytes)), false))
            {
                await _datagrams.SendToAsync(datagram, received.RemoteEndPoint, _stop.Token);
            }
        }
    }

    private async Task StreamsAsync()
    {
        while (true)
        {
            using var client = await _streams.AcceptTcpClientAsync(_stop.Token);
            var stream = client.GetStream();
            var prefix = new byte[2];
            await stream.ReadExactlyAsync(prefix, _stop.Token);
            var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
            await stream.ReadExactlyAsync(question, _stop.Token);
            foreach (var message in _answer(DnsMessage.Parse(question), true))
            {
                BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)message.Length);
                await stream.WriteAsync(prefix, _stop.Token);
                await stream.WriteAsync(message, _stop.Token);
            }
        }
    }
}
