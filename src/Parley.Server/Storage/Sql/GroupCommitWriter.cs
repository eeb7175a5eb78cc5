using System.Data.Common;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Parley.Server.Storage.Sql;

/// <summary>Runs the writes of all callers on one connection, as many as wait in one transaction: durability costs one sync of the disk for each batch, not for each write.</summary>
/// <remarks>
/// <para>The work is done by one dedicated thread, because drivers such as SQLite's block while the disk syncs and the thread pool belongs
/// to the sessions. A lone write begins at once; those that arrive while it commits make up the next batch.</para>
/// <para>A write that throws fails alone: its batch is rolled back and run again with a savepoint around each write. A write may therefore
/// run twice, and must have no effect but on its session. The second time also serves a lone write that the database refused (what its session
/// remembered may have been out of date) and, each write in a transaction of its own, a batch whose transaction the database gave up for another's (SQLSTATE 40001, 40P01). When the transaction cannot begin or commit, each write of the batch fails with a
/// <see cref="StorageException"/>, the connection is replaced, and the writer goes on.</para>
/// <para>Writes that nobody waits for (<c>mayWait</c>) do not begin a transaction while no other waits: for <see cref="GroupCommitOptions.Patience"/> at most, or until
/// somebody wants to see them (<see cref="SettledAsync"/>) or they make up a batch.</para>
/// <para>When the queue is full (<see cref="GroupCommitOptions"/>), callers wait in line, in order; when the line is full too they are refused
/// with <see cref="StorageOverloadedException"/>.</para>
/// <para>Instruments, in the meter <c>Parley.Storage</c>: <c>parley.storage.batch.size</c>, <c>parley.storage.batch.time</c> (seconds),
/// <c>parley.storage.queue.depth</c>.</para>
/// </remarks>
public sealed class GroupCommitWriter : IAsyncDisposable
{
    private const string Savepoint = "parley_write";
    private const string SerializationFailure = "40001";
    private const string DeadlockDetected = "40P01";

    private readonly DbDataSource _dataSource;
    private readonly GroupCommitOptions _options;
    private readonly SqlDialect? _dialect;
    private readonly StorageMetrics _metrics;
    private readonly StoreOutage? _outage;
    private readonly bool _ownsMetrics;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The gate guards what follows up to the next comment, and wakes the writer.
    private readonly object _gate = new();
    private readonly Queue<PendingWrite> _queue = new();
    private readonly Queue<PendingWrite> _line = new();
    private readonly Queue<Barrier> _barriers = new();
    private long _queuedBytes;
    private Barrier? _newest;
    private bool _stopping;
    private long _called;
    private long _settled;

    // Writes in queue and line that are waited for, and whether the writer waits for one.
    private int _urgent;
    private bool _isPatient;

    // These belong to the writer's thread.
    private readonly List<PendingWrite> _batch = [];
    private long _taken;
    private SqlSession? _session;

    // Whether the last batch that failed got into the way of another lane's.
    private bool _isContended;

    /// <summary>Starts the writer; it opens its connection with the first write.</summary>
    /// <param name="dataSource">Where the connection comes from.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="meters">Makes the meter; without it the meter belongs to no program in particular.</param>
    public GroupCommitWriter(DbDataSource dataSource, GroupCommitOptions options, IMeterFactory? meters = null)
    {
        _dataSource = dataSource;
        _options = options;
        _metrics = new StorageMetrics(QueueDepth, meters);
        _ownsMetrics = true;
        Start();
    }

    /// <summary>Starts one lane of several, which share their metrics.</summary>
    internal GroupCommitWriter(DbDataSource dataSource, SqlDialect dialect, GroupCommitOptions options, StorageMetrics metrics, StoreOutage outage)
    {
        _outage = outage;
        _dataSource = dataSource;
        _dialect = dialect;
        _options = options;
        _metrics = metrics;
        Start();
    }

    /// <summary>Runs a write in a transaction; when the task completes, the transaction is committed and on disk.</summary>
    /// <param name="arguments">What <paramref name="write"/> is given; let it be a static method so that nothing else is allocated.</param>
    /// <param name="write">The write; see the type's remarks.</param>
    /// <param name="bytes">About how much memory the write holds, for the bound of the queue.</param>
    /// <param name="cancellationToken">Gives the write up, as long as no transaction has begun with it: when the task is cancelled, nothing was written.</param>
    /// <param name="mayWait">Whether nobody waits for it: it may share the transaction of what comes a little later.</param>
    /// <exception cref="StorageOverloadedException">The queue and the line before it are full; nothing was written.</exception>
    /// <exception cref="StorageException">The transaction failed.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed before the call.</exception>
    public ValueTask<TResult> WriteAsync<TState, TResult>(
        TState arguments,
        Func<SqlSession, TState, TResult> write,
        int bytes,
        CancellationToken cancellationToken,
        bool mayWait = false)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<TResult>(cancellationToken);

        lock (_gate)
        {
            if (_stopping)
                return ValueTask.FromException<TResult>(new ObjectDisposedException(nameof(GroupCommitWriter)));
            bool admitted = _line.Count == 0 && HasRoomFor(bytes);
            if (!admitted && _line.Count >= _options.MaxWaiting)
                return ValueTask.FromException<TResult>(new StorageOverloadedException());

            var pending = new PendingWrite<TState, TResult>(arguments, write, bytes, cancellationToken) { MayWait = mayWait };
            _called++;
            if (!mayWait)
                _urgent++;
            if (admitted)
                Admit(pending);
            else
                _line.Enqueue(pending);
            Wake();
            return pending.Task;
        }
    }

    /// <summary>Completes when every write that was called for before has completed, well or not: at once when there is none. Costs no transaction.</summary>
    public Task SettledAsync()
    {
        lock (_gate)
        {
            if (_settled == _called)
                return Task.CompletedTask;
            if (_newest is not { } newest || newest.Upto != _called)
            {
                _newest = newest = new Barrier(_called);
                _barriers.Enqueue(newest);
                Wake();
            }

            return newest.Settled;
        }
    }

    /// <summary>Takes no more writes, commits those that wait, and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        await _ended.Task;
        if (_ownsMetrics)
            _metrics.Dispose();
    }

    /// <summary>How many writes wait for a transaction.</summary>
    internal int QueueDepth()
    {
        lock (_gate)
            return _queue.Count + _line.Count;
    }

    private void Start() => new Thread(Loop) { IsBackground = true, Name = "Parley storage writer" }.Start();

    // Not for each write that may wait while the writer does.
    private void Wake()
    {
        if (!_isPatient || !MayWait())
            Monitor.Pulse(_gate);
    }

    private bool MayWait() => _urgent == 0 && _barriers.Count == 0 && _line.Count == 0 && _queue.Count < _options.MaxBatch && !_stopping;

    private bool HasRoomFor(int bytes) =>
        _queue.Count == 0 || (_queue.Count < _options.MaxQueued && _queuedBytes + bytes <= _options.MaxQueuedBytes);

    private void Admit(PendingWrite pending)
    {
        _queue.Enqueue(pending);
        _queuedBytes += pending.Bytes;
    }

    private void Loop()
    {
        while (Take())
        {
            if (_batch.Count > 0)
                Commit();
            _batch.Clear();
            Settle();
        }

        Discard();
        _ended.SetResult();
    }

    /// <summary>Waits for writes and fills the batch; false when there will be none.</summary>
    private bool Take()
    {
        lock (_gate)
        {
            while (_queue.Count == 0)
            {
                if (_stopping)
                    return false;
                Monitor.Wait(_gate);
            }

            BePatient();
            while (_batch.Count < _options.MaxBatch && _queue.TryDequeue(out PendingWrite? pending))
            {
                _queuedBytes -= pending.Bytes;
                _taken++;
                if (!pending.MayWait)
                    _urgent--;
                if (pending.TryTake())
                    _batch.Add(pending);
            }

            while (_line.TryPeek(out PendingWrite? next) && HasRoomFor(next.Bytes))
                Admit(_line.Dequeue());
            return true;
        }
    }

    private void BePatient()
    {
        long began = Stopwatch.GetTimestamp();
        _isPatient = true;
        while (MayWait() && _options.Patience - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } left)
            Monitor.Wait(_gate, left);
        _isPatient = false;
    }

    /// <summary>Tells the barriers that all that was taken has completed.</summary>
    private void Settle()
    {
        lock (_gate)
        {
            _settled = _taken;
            while (_barriers.TryPeek(out Barrier? barrier) && barrier.Upto <= _settled)
                _barriers.Dequeue().Open();
            if (_barriers.Count == 0)
                _newest = null;
        }
    }

    private void Commit()
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            if (_session is { IsBroken: true })
                Discard();
            _session ??= new SqlSession(_dataSource.OpenConnection(), _dialect);
            if (!TryTogether(_session))
            {
                // A database that was restarted closes the connections of before; it says so when they are used. Nothing of the batch was committed.
                if (_session.IsBroken)
                {
                    Discard();
                    _session = new SqlSession(_dataSource.OpenConnection(), _dialect);
                }

                if (_isContended)
                    Apart(_session);
                else
                    OneByOne(_session);
            }
        }
        catch (Exception exception)
        {
            // A commit that failed may have left anything behind on its connection.
            Discard();
            foreach (PendingWrite pending in _batch)
                pending.Error = new StorageException("The transaction failed; the write is not known to be kept.", exception);
        }

        _metrics.Batch(_batch.Count, started);
        Tell();
        foreach (PendingWrite pending in _batch)
            pending.Complete();
    }

    // Before the callers hear of it: whoever looks into the log for a reason finds one.
    private void Tell()
    {
        int refused = 0;
        Exception? reason = null;
        foreach (PendingWrite pending in _batch)
        {
            if (pending.Error is StorageException { InnerException: { } inner })
            {
                refused++;
                reason ??= inner;
            }
        }

        if (refused == _batch.Count)
            _outage?.Failed(reason!);
        else
            _outage?.Worked(refused, reason);
    }

    /// <summary>Runs the batch without savepoints, which almost never are needed; false when it failed, was rolled back, and may succeed write by write.</summary>
    private bool TryTogether(SqlSession session)
    {
        _isContended = false;
        DbTransaction transaction = session.Begin();
        try
        {
            foreach (PendingWrite pending in _batch)
                pending.Run(session);
            session.Flush();
        }
        catch (Exception exception)
        {
            _isContended = IsContention(exception);
            // Where the database does not answer, each further try would wait as long.
            if (IsTimeout(exception))
                throw;
            session.RollBack();
            if (_batch.Count > 1 || exception is DbException)
                return false;
            _batch[0].Error = exception;
            return true;
        }

        try
        {
            transaction.Commit();
        }
        catch (DbException exception) when (IsContention(exception))
        {
            _isContended = true;
            session.RollBack();
            return false;
        }

        session.End();
        return true;
    }

    private void OneByOne(SqlSession session)
    {
        DbTransaction transaction = session.Begin();
        foreach (PendingWrite pending in _batch)
        {
            transaction.Save(Savepoint);
            try
            {
                pending.Run(session);
                session.Flush();
            }
            catch (Exception exception) when (!IsTimeout(exception) && !session.IsBroken)
            {
                pending.Error = exception is DbException ? new StorageException("The database refused the write.", exception) : exception;
                session.RollBack(Savepoint);
            }

            transaction.Release(Savepoint);
        }

        transaction.Commit();
        session.End();
    }

    /// <summary>Runs each write in a transaction of its own, so that none holds what another lane waits for while it waits itself.</summary>
    private void Apart(SqlSession session)
    {
        foreach (PendingWrite pending in _batch)
        {
            DbTransaction transaction = session.Begin();
            try
            {
                pending.Run(session);
                session.Flush();
            }
            catch (Exception exception) when (!IsTimeout(exception) && !session.IsBroken)
            {
                pending.Error = exception is DbException ? new StorageException("The database refused the write.", exception) : exception;
                session.RollBack();
                continue;
            }

            transaction.Commit();
            session.End();
        }
    }

    private static bool IsContention(Exception exception) => exception is DbException { SqlState: SerializationFailure or DeadlockDetected };

    private static bool IsTimeout(Exception exception) => exception is TimeoutException or DbException { InnerException: TimeoutException };

    private void Discard()
    {
        try
        {
            _session?.Dispose();
        }
        catch (DbException)
        {
            // It is of no use any more, whatever it says.
        }

        _session = null;
    }

    /// <summary>Waits for the writes up to a number.</summary>
    private sealed class Barrier(long upto)
    {
        private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Upto => upto;

        public Task Settled => _settled.Task;

        public void Open() => _settled.SetResult();
    }
}
