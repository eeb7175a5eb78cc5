using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Parley.Server.Federation.Dns;

/// <summary>One question to one server, and its answer.</summary>
/// <remarks>
/// Against forged answers (RFC 5452): each question has a random id and a socket of its own, whose port the system picks at random; the socket is connected, so
/// that only the server's address can answer; and an answer has to repeat id and question. What does not is passed over, at most
/// <see cref="MaxForeignDatagrams"/> times.
/// </remarks>
public sealed class DnsExchange(FederationOptions options, TimeProvider time)
{
    /// <summary>Bytes of a datagram that we take: what passes nearly every network in one piece.</summary>
    public const int UdpSize = 1232;

    /// <summary>Datagrams that are no answer to our question before the exchange counts as failed.</summary>
    public const int MaxForeignDatagrams = 64;

    /// <summary>Asks and waits.</summary>
    /// <param name="server">Whom to ask.</param>
    /// <param name="name">For which name.</param>
    /// <param name="type">For which records.</param>
    /// <param name="withOptions">Whether to say how large an answer may be (EDNS0).</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DnsExchangeException">There is no answer.</exception>
    internal async ValueTask<DnsMessage> AskAsync(IPEndPoint server, string name, DnsType type, bool withOptions, CancellationToken cancellationToken)
    {
        var query = new DnsMessage
        {
            Id = BinaryPrimitives.ReadUInt16LittleEndian(RandomNumberGenerator.GetBytes(2)),
            Name = name,
            Type = type,
            UdpSize = withOptions ? (ushort)UdpSize : (ushort)0,
        };
        using var timeout = new CancellationTokenSource(options.ResolverTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var answer = await ByDatagramAsync(server, query, either.Token);
            return answer.IsTruncated ? await ByStreamAsync(server, query, either.Token) : answer;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DnsExchangeException(DnsOutcome.TimedOut, $"{server} did not answer within {options.ResolverTimeout.TotalSeconds:0.###} s.");
        }
        catch (Exception e) when (e is SocketException or DnsFormatException or EndOfStreamException)
        {
            throw new DnsExchangeException(e is SocketException ? DnsOutcome.TimedOut : DnsOutcome.ServerFailure, $"{server}: {e.Message.TrimEnd('.')}.");
        }
    }

    private static async ValueTask<DnsMessage> ByDatagramAsync(IPEndPoint server, DnsMessage query, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken);
        await socket.SendAsync(query.ToBytes(), cancellationToken);

        // A server that does not mind our size: what is beyond is cut off, and the message then ends too early.
        var buffer = new byte[4096];
        for (var i = 0; i < MaxForeignDatagrams; i++)
        {
            var length = await socket.ReceiveAsync(buffer, cancellationToken);
            if (Answer(buffer.AsSpan(0, length), query) is { } answer)
            {
                return answer;
            }
        }

        throw new DnsExchangeException(DnsOutcome.ServerFailure, $"{server} sends what is no answer to the question.");
    }

    private static async ValueTask<DnsMessage> ByStreamAsync(IPEndPoint server, DnsMessage query, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellationToken);
        await using var stream = new NetworkStream(socket);
        var bytes = query.ToBytes();
        var framed = new byte[bytes.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)bytes.Length);
        bytes.CopyTo(framed, 2);
        await stream.WriteAsync(framed, cancellationToken);

        var prefix = new byte[2];
        await stream.ReadExactlyAsync(prefix, cancellationToken);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        await stream.ReadExactlyAsync(answer, cancellationToken);
        return Answer(answer, query) is { IsTruncated: false } whole
            ? whole
            : throw new DnsExchangeException(DnsOutcome.ServerFailure, $"{server} sends what is no answer to the question.");
    }

    /// <summary>The answer that bytes are to a query, or null. An answer without a question, which FORMERR may be, counts by its id alone.</summary>
    private static DnsMessage? Answer(ReadOnlySpan<byte> bytes, DnsMessage query)
    {
        if (IsBareFormatError(bytes, query.Id))
        {
            return new DnsMessage { Id = query.Id, IsResponse = true, Name = query.Name, Type = query.Type, ResponseCode = DnsResponseCode.FormatError };
        }

        try
        {
            return DnsMessage.Parse(bytes) is { IsResponse: true } answer && answer.Id == query.Id && answer.Name == query.Name && answer.Type == query.Type
                ? answer
                : null;
        }
        catch (DnsFormatException)
        {
            return null;
        }
    }

    private static bool IsBareFormatError(ReadOnlySpan<byte> bytes, ushort id) =>
        bytes.Length == DnsMessage.HeaderLength
        && BinaryPrimitives.ReadUInt16BigEndian(bytes) == id
        && (bytes[2] & 0x80) != 0
        && (bytes[3] & 0x0F) == (int)DnsResponseCode.FormatError
        && BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]) == 0;
}

/// <summary>A server gave no answer.</summary>
internal sealed class DnsExchangeException(DnsOutcome outcome, string message) : Exception(message)
{
    /// <summary><see cref="DnsOutcome.TimedOut"/> or <see cref="DnsOutcome.ServerFailure"/>.</summary>
    internal DnsOutcome Outcome { get; } = outcome;
}
