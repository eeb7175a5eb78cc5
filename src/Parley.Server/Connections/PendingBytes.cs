using System.Buffers;

namespace Parley.Server.Connections;

/// <summary>Bytes on their way out; holds no array while there are none, for most connections are idle most of the time.</summary>
internal sealed class PendingBytes : IBufferWriter<byte>
{
    private const int FirstSize = 1024;
    private byte[] _array = [];

    internal int Count { get; private set; }

    public void Advance(int count) => Count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsMemory(Count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsSpan(Count);
    }

    /// <summary>What was written from <paramref name="start"/> on, to be patched.</summary>
    internal Span<byte> WrittenFrom(int start) => _array.AsSpan(start, Count - start);

    /// <summary>Moves what was written from <paramref name="start"/> on by so many bytes, to the front where that is negative.</summary>
    internal void Move(int start, int by)
    {
        Reserve(Math.Max(by, 0));
        _array.AsSpan(start, Count - start).CopyTo(_array.AsSpan(start + by));
        Count += by;
    }

    /// <summary>Forgets what was written from <paramref name="start"/> on.</summary>
    internal void Truncate(int start) => Count = start;

    /// <summary>Hands the bytes over; whoever takes them returns the array to the shared pool.</summary>
    internal (byte[] Array, int Count) Take()
    {
        var taken = (_array, Count);
        _array = [];
        Count = 0;
        return taken;
    }

    private void Reserve(int sizeHint)
    {
        var needed = Count + Math.Max(sizeHint, 1);
        if (needed <= _array.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(needed, _array.Length * 2), FirstSize));
        _array.AsSpan(0, Count).CopyTo(larger);
        if (_array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }

        _array = larger;
    }
}
