using System.Buffers;

namespace Parley.Load.Connections;

/// <summary>Writes to a connection from any thread: what is written while a write is under way leaves with the next one.</summary>
internal sealed class GatheringWriter(ClientConnection connection, CancellationToken cancellation)
{
    private readonly Lock _gate = new();
    private ArrayBufferWriter<byte> _pending = new(512);
    private ArrayBufferWriter<byte> _leaving = new(512);
    private bool _writing;

    /// <summary>Excludes other writers until the turn is disposed of; then what it wrote leaves.</summary>
    public Turn Enter() => new(this);

    private bool MustFlush()
    {
        if (_writing || _pending.WrittenCount == 0)
            return false;
        return _writing = true;
    }

    private async Task FlushAsync()
    {
        try
        {
            while (true)
            {
                lock (_gate)
                {
                    _leaving.ResetWrittenCount();
                    if (_pending.WrittenCount == 0)
                    {
                        _writing = false;
                        return;
                    }

                    (_pending, _leaving) = (_leaving, _pending);
                }

                await connection.WriteAsync(_leaving.WrittenMemory, cancellation);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            // The reader sees the same end, and counts it.
        }
    }

    internal readonly ref struct Turn
    {
        private readonly GatheringWriter _writer;

        public Turn(GatheringWriter writer)
        {
            _writer = writer;
            writer._gate.Enter();
        }

        public ArrayBufferWriter<byte> Bytes => _writer._pending;

        public void Dispose()
        {
            var flush = _writer.MustFlush();
            _writer._gate.Exit();
            if (flush)
                _ = _writer.FlushAsync();
        }
    }
}
