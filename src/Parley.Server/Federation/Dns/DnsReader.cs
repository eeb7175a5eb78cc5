using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Parley.Server.Federation.Dns;

/// <summary>Reads the parts of a message, from its front to its back.</summary>
internal ref struct DnsReader(ReadOnlySpan<byte> message)
{
    private const int PointerMask = 0xC0;

    private readonly ReadOnlySpan<byte> _message = message;
    private int _position;

    internal ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    internal uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    internal IPAddress ReadAddress(int length, int expected) =>
        length == expected ? new IPAddress(Take(length)) : throw new DnsFormatException($"An address has {length} bytes.");

    /// <summary>The position after so many bytes, which have to be there.</summary>
    internal readonly int End(int length) =>
        length <= _message.Length - _position ? _position + length : throw new DnsFormatException("The message ends too early.");

    internal readonly void RequireAt(int position)
    {
        if (_position != position)
        {
            throw new DnsFormatException("A record's length is not that of its content.");
        }
    }

    internal void MoveTo(int position) => _position = position;

    /// <summary>Reads a name (RFC 1035 §4.1.4).</summary>
    internal string ReadName()
    {
        Span<char> name = stackalloc char[DnsName.MaxLength];
        var length = 0;
        var position = _position;
        var continuation = -1;

        // A pointer has to go before the part of the name that it ends, so that each one goes further back: no loop, no recursion.
        var limit = position;
        while (true)
        {
            var first = At(position);
            if (first == 0)
            {
                _position = continuation >= 0 ? continuation : position + 1;
                return new string(name[..length]);
            }

            if ((first & PointerMask) == PointerMask)
            {
                var target = ((first & ~PointerMask) << 8) | At(position + 1);
                if (target >= limit)
                {
                    throw new DnsFormatException("A name points forwards or at itself.");
                }

                if (continuation < 0)
                {
                    continuation = position + 2;
                }

                position = limit = target;
                continue;
            }

            if ((first & PointerMask) != 0)
            {
                throw new DnsFormatException("A label is of an unknown kind.");
            }

            length = Append(name, length, position + 1, first);
            position += 1 + first;
        }
    }

    private readonly int Append(Span<char> name, int length, int start, int count)
    {
        if (start + count > _message.Length)
        {
            throw new DnsFormatException("A label goes beyond the message.");
        }

        var label = _message.Slice(start, count);
        if (!DnsName.IsLabel(label))
        {
            throw new DnsFormatException("A label has bytes that none should have.");
        }

        if (length + (length > 0 ? 1 : 0) + count > DnsName.MaxLength)
        {
            throw new DnsFormatException("A name is too long.");
        }

        if (length > 0)
        {
            name[length++] = '.';
        }

        Ascii.ToLower(label, name[length..], out _);
        return length + count;
    }

    private readonly byte At(int position) =>
        position < _message.Length ? _message[position] : throw new DnsFormatException("The message ends too early.");

    private ReadOnlySpan<byte> Take(int count)
    {
        var end = End(count);
        var taken = _message[_position..end];
        _position = end;
        return taken;
    }
}
