using System.Buffers.Binary;
using System.Text;

namespace Parley.Server.Federation.Dns;

/// <summary>Writes the parts of a message.</summary>
internal sealed class DnsWriter
{
    private byte[] _bytes = new byte[512];
    private int _length;

    internal byte[] ToArray() => _bytes[.._length];

    internal void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Room(2), value);

    internal void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Room(4), value);

    internal void WriteBytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Room(bytes.Length));

    /// <exception cref="DnsFormatException">It is no name.</exception>
    internal void WriteName(string name)
    {
        if (!DnsName.TryParse(name, out var ascii))
        {
            throw new DnsFormatException("A name has bytes that none should have, or is too long.");
        }

        foreach (var label in ascii.Length == 0 ? [] : ascii.Split('.'))
        {
            Room(1)[0] = (byte)label.Length;
            Encoding.ASCII.GetBytes(label, Room(label.Length));
        }

        Room(1)[0] = 0;
    }

    /// <summary>Leaves room for a length; what it returns goes to <see cref="EndLength"/>.</summary>
    internal int BeginLength()
    {
        Room(2);
        return _length;
    }

    internal void EndLength(int start) => BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(start - 2), (ushort)(_length - start));

    private Span<byte> Room(int count)
    {
        if (_length + count > DnsMessage.MaxLength)
        {
            throw new DnsFormatException("The message is too long.");
        }

        if (_length + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        }

        _length += count;
        return _bytes.AsSpan(_length - count, count);
    }
}
