namespace Parley.Load.Connections;

/// <summary>What was read and not yet consumed, in one array that grows as needed.</summary>
internal sealed class ReceiveBuffer
{
    private byte[] _bytes = new byte[4096];
    private int _start;
    private int _end;

    public ReadOnlySpan<byte> Unread => _bytes.AsSpan(_start, _end - _start);

    public void Consume(int count) => _start += count;

    public void Clear() => _start = _end = 0;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        MakeRoom(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Waits for more bytes; false at the end of the stream.</summary>
    public async ValueTask<bool> FillAsync(Stream stream, CancellationToken cancellation)
    {
        MakeRoom(1);
        var count = await stream.ReadAsync(_bytes.AsMemory(_end), cancellation);
        _end += count;
        return count > 0;
    }

    private void MakeRoom(int count)
    {
        if (_start > 0)
        {
            Unread.CopyTo(_bytes);
            _end -= _start;
            _start = 0;
        }

        if (_end + count > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _end + count));
    }
}
