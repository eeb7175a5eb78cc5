using System.Buffers;

namespace Parley.Load.Connections;

/// <summary>What is to be written next. Unlike .NET's own buffers, what is in it can still be changed, as masking does.</summary>
internal sealed class OutgoingBytes : IBufferWriter<byte>
{
    private byte[] _bytes = new byte[512];

    public int Count { get; private set; }

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Count);

    /// <summary>Where the element began that is being written.</summary>
    public int ElementStart { get; set; }

    /// <summary>What was written from <paramref name="start"/> on.</summary>
    public Span<byte> From(int start) => _bytes.AsSpan(start, Count - start);

    public void Clear() => Count = 0;

    /// <summary>Takes the last bytes back.</summary>
    public void Shorten(int count) => Count -= count;

    public void Advance(int count) => Count += count;

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_bytes.Length - Count < Math.Max(1, sizeHint))
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Count + sizeHint));
        return _bytes.AsMemory(Count);
    }
}
