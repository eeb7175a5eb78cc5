using System.Buffers;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;

namespace Parley.Server.Connections;

/// <summary>Bytes on their way out; holds no array while there are none, for most connections are idle most of the time.</summary>
/// <remarks>
/// A stanza that waits alone is kept as it is, and becomes bytes when something follows it or it leaves: then all that go to many, one to each, are written one after
/// the other into the same array, which the processor has at hand, and not into thousands of their own.
/// </remarks>
internal sealed class PendingBytes : IBufferWriter<byte>
{
    private const int FirstSize = 1024;
    private byte[] _array = [];
    private int _count;

    // The stanza that waits alone, and how it is to be written.
    private Stanza? _alone;
    private StreamFraming? _framing;
    private Jid? _from;
    private Jid? _to;

    /// <summary>How many bytes there are, where the next one goes. What waits alone becomes bytes.</summary>
    internal int Count
    {
        get
        {
            Settle();
            return _count;
        }
    }

    /// <summary>About how many bytes there will be; may be asked for while others write.</summary>
    internal int Size => _alone?.Size ?? _count;

    /// <summary>Whether nothing waits.</summary>
    internal bool IsEmpty => _count == 0 && _alone is null;

    public void Advance(int count) => _count += count;

    /// <summary>Adds a stanza.</summary>
    internal void Add(StreamFraming framing, Stanza stanza, Jid? from, Jid? to)
    {
        if (IsEmpty)
        {
            (_framing, _alone, _from, _to) = (framing, stanza, from, to);
            return;
        }

        Settle();
        framing.WriteStanza(this, stanza, from, to);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsMemory(_count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsSpan(_count);
    }

    /// <summary>What was written from <paramref name="start"/> on, to be patched.</summary>
    internal Span<byte> WrittenFrom(int start) => _array.AsSpan(start, _count - start);

    /// <summary>Moves what was written from <paramref name="start"/> on by so many bytes, to the front where that is negative.</summary>
    internal void Move(int start, int by)
    {
        Reserve(Math.Max(by, 0));
        _array.AsSpan(start, _count - start).CopyTo(_array.AsSpan(start + by));
        _count += by;
    }

    /// <summary>Forgets what was written from <paramref name="start"/> on.</summary>
    internal void Truncate(int start) => _count = start;

    /// <summary>Hands the bytes over; whoever takes them returns the array to the shared pool.</summary>
    internal (byte[] Array, int Count) Take()
    {
        Settle();
        var taken = (_array, _count);
        _array = [];
        _count = 0;
        return taken;
    }

    private void Settle()
    {
        if (_alone is { } stanza)
        {
            var (framing, from, to) = (_framing!, _from, _to);
            (_alone, _framing, _from, _to) = (null, null, null, null);
            framing.WriteStanza(this, stanza, from, to);
        }
    }

    private void Reserve(int sizeHint)
    {
        Settle();
        var needed = _count + Math.Max(sizeHint, 1);
        if (needed <= _array.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(needed, _array.Length * 2), FirstSize));
        _array.AsSpan(0, _count).CopyTo(larger);
        if (_array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }

        _array = larger;
    }
}
