using System.Buffers;

namespace Parley.Load.Connections;

/// <summary>Writes to a connection from any thread: what is written while a write is under way leaves with the next one.</summary>
internal sealed class GatheringWriter(ClientConnection connection, CancellationToken cancellation)
{
    private readonly Lock _gate = new();
    private OutgoingBytes _pending = new();
    private OutgoingBytes _leaving = new();
    private bool _writing;

    /// <summary>Excludes other writers until the turn is disposed of; then what it wrote leaves.</summary>
    public Turn Enter() => new(this);

    private void BeginElement() => connection.BeginElement(_pending);

    private void EndElement() => connection.EndElement(_pending);

    private bool MustFlush()
    {
        if (_writing || _pending.Count == 0)
            return false;
        return _writing = true;
    }

    private async Task FlushAsync()
    {
        try
        {
            while (true)
            {
                await connection.ReadyToWriteAsync(cancellation);
                lock (_gate)
                {
                    _leaving.Clear();
                    if (_pending.Count == 0)
                    {
                        _writing = false;
                        return;
                    }

                    (_pending, _leaving) = (_leaving, _pending);
                }

                await connection.WriteAsync(_leaving.Memory, cancellation);
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

        /// <summary>Begins an element, to be ended by <see cref="End"/>.</summary>
        public OutgoingBytes Begin()
        {
            _writer.BeginElement();
            return _writer._pending;
        }

        public void End() => _writer.EndElement();

        public void Write(ReadOnlySpan<byte> element)
        {
            Begin().Write(element);
            End();
        }

        public void Dispose()
        {
            var flush = _writer.MustFlush();
            _writer._gate.Exit();
            if (flush)
                _ = _writer.FlushAsync();
        }
    }
}
