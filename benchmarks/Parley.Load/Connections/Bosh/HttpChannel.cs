using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Parley.Load.Connections.Bosh;

/// <summary>One kept-alive HTTP/1.1 connection of a session, with at most one request under way. Requests and answers may come from two threads.</summary>
internal sealed class HttpChannel(Stream stream, string head) : IDisposable
{
    private readonly byte[] _head = Encoding.ASCII.GetBytes(head + "Content-Length: ");
    private readonly OutgoingBytes _request = new();
    private readonly ReceiveBuffer _raw = new();
    private HttpHead _answer;

    /// <summary>What the server answered, until <see cref="Consume"/>.</summary>
    public ReadOnlySpan<byte> Answer => _raw.Unread.Slice(_answer.Length, _answer.ContentLength);

    /// <summary>Writes a request whose body is the three parts one behind the other.</summary>
    public void Request(ReadOnlySpan<byte> start, ReadOnlySpan<byte> middle, ReadOnlySpan<byte> end)
    {
        _request.Clear();
        _request.Write(_head);
        Utf8Formatter.TryFormat(start.Length + middle.Length + end.Length, _request.GetSpan(10), out var written);
        _request.Advance(written);
        _request.Write("\r\n\r\n"u8);
        _request.Write(start);
        _request.Write(middle);
        _request.Write(end);
        stream.Write(_request.Memory.Span);
    }

    /// <summary>Waits for the whole answer.</summary>
    public async ValueTask ReadAsync(CancellationToken cancellation)
    {
        while (!HttpHead.TryRead(_raw.Unread, out _answer))
            await FillAsync(cancellation);
        if (_answer.Status != 200)
            throw new IOException($"the server answered with HTTP status {_answer.Status}");
        if (_answer.ContentLength < 0 || _answer.Closes)
            throw new IOException("the server does not keep connections, or does not tell the length of its answers");
        while (_raw.Unread.Length < _answer.Length + _answer.ContentLength)
            await FillAsync(cancellation);
    }

    public void Consume() => _raw.Consume(_answer.Length + _answer.ContentLength);

    public void Dispose() => stream.Dispose();

    private async ValueTask FillAsync(CancellationToken cancellation)
    {
        if (!await _raw.FillAsync(stream, cancellation))
            throw new EndOfStreamException("the server closed the connection of a request that it had not answered");
    }
}
