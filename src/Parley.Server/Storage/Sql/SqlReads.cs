using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Parley.Server.Storage.Sql;

/// <summary>Reads, on a bounded number of connections of their own: they neither wait for the writer nor hold it up.</summary>
/// <remarks>
/// With all connections in use a caller waits for one. Drivers such as SQLite's read on the calling thread: the bound is also that on
/// the threads of the pool that wait for the disk.
/// </remarks>
public sealed class SqlReads(DbDataSource dataSource, int maxConnections, ILogger? logger = null) : IAsyncDisposable
{
    private readonly SemaphoreSlim _places = new(maxConnections, maxConnections);
    private readonly ConcurrentBag<SqlSession> _idle = [];
    private readonly StoreOutage _outage = new("read", logger ?? NullLogger.Instance);
    private int _disposed;

    /// <summary>Runs a read with a connection that nobody else uses meanwhile.</summary>
    /// <remarks>The read may run twice: a database that was restarted closes the connections of before, and says so when they are used.</remarks>
    /// <exception cref="StorageException">The database cannot be reached, or the read failed in it.</exception>
    /// <exception cref="ObjectDisposedException">The reads were disposed before the call.</exception>
    public async ValueTask<TResult> ReadAsync<TState, TResult>(
        TState arguments,
        Func<SqlSession, TState, CancellationToken, ValueTask<TResult>> read,
        CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        await _places.WaitAsync(cancellationToken);
        try
        {
            TResult result = await RunAsync(arguments, read, cancellationToken);
            _outage.Worked();
            return result;
        }
        catch (Exception exception) when (exception is DbException or TimeoutException or IOException or UnauthorizedAccessException)
        {
            _outage.Failed(exception);
            throw new StorageException("The database could not be read.", exception);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Takes no more reads, and closes the connections once those that were asked for are done.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        for (int i = 0; i < maxConnections; i++)
            await _places.WaitAsync(CancellationToken.None);
        while (_idle.TryTake(out SqlSession? session))
            session.Dispose();
    }

    /// <summary>Runs a read on an idle connection, or else a fresh one; it is idle afterwards, or closed when the read failed.</summary>
    private async ValueTask<TResult> RunAsync<TState, TResult>(
        TState arguments, Func<SqlSession, TState, CancellationToken, ValueTask<TResult>> read, CancellationToken cancellationToken)
    {
        while (_idle.TryTake(out SqlSession? idle))
        {
            try
            {
                return await RunAsync(idle, arguments, read, cancellationToken);
            }
            catch (Exception exception)
            {
                bool isLost = idle.IsBroken && exception is DbException and not { InnerException: TimeoutException };
                idle.Dispose();
                if (!isLost)
                    throw;
            }
        }

        var fresh = new SqlSession(await OpenAsync(cancellationToken));
        try
        {
            return await RunAsync(fresh, arguments, read, cancellationToken);
        }
        catch
        {
            fresh.Dispose();
            throw;
        }
    }

    private async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await dataSource.OpenConnectionAsync(cancellationToken);
        }
        catch (StorageException exception)
        {
            // The data source has found better words than ours.
            _outage.Failed(exception);
            throw;
        }
    }

    private async ValueTask<TResult> RunAsync<TState, TResult>(
        SqlSession session, TState arguments, Func<SqlSession, TState, CancellationToken, ValueTask<TResult>> read, CancellationToken cancellationToken)
    {
        TResult result = await read(session, arguments, cancellationToken);
        _idle.Add(session);
        return result;
    }
}
