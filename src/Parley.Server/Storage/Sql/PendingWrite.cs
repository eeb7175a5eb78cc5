using System.Threading.Tasks.Sources;

namespace Parley.Server.Storage.Sql;

/// <summary>A write on its way through the <see cref="GroupCommitWriter"/>.</summary>
internal abstract class PendingWrite(int bytes)
{
    private const int Queued = 0;
    private const int Taken = 1;
    private const int Cancelled = 2;

    private int _state = Queued;

    public int Bytes { get; } = bytes;

    /// <summary>Whether it may share the transaction of what comes a little later.</summary>
    public bool MayWait { get; init; }

    /// <summary>Set by the writer when this write, or its whole batch, failed.</summary>
    public Exception? Error { get; set; }

    /// <summary>Claims the write for a batch; false when its caller gave it up. From here on it cannot be cancelled.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Queued) == Queued;

    public abstract void Run(SqlSession session);

    /// <summary>Tells the caller the outcome.</summary>
    public abstract void Complete();

    protected bool TryCancel() => Interlocked.CompareExchange(ref _state, Cancelled, Queued) == Queued;
}

/// <summary>The write, and the promise of its result in the same object: one allocation for each write.</summary>
internal sealed class PendingWrite<TState, TResult> : PendingWrite, IValueTaskSource<TResult>
{
    private readonly TState _arguments;
    private readonly Func<SqlSession, TState, TResult> _write;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenRegistration _registration;
    private ManualResetValueTaskSourceCore<TResult> _promise = new() { RunContinuationsAsynchronously = true };
    private TResult _result = default!;

    public PendingWrite(TState arguments, Func<SqlSession, TState, TResult> write, int bytes, CancellationToken cancellationToken)
        : base(bytes)
    {
        _arguments = arguments;
        _write = write;
        _cancellationToken = cancellationToken;
        _registration = cancellationToken.UnsafeRegister(static pending => ((PendingWrite<TState, TResult>)pending!).Cancel(), this);
    }

    public ValueTask<TResult> Task => new(this, _promise.Version);

    public override void Run(SqlSession session) => _result = _write(session, _arguments);

    public override void Complete()
    {
        _registration.Unregister();
        if (Error is { } error)
            _promise.SetException(error);
        else
            _promise.SetResult(_result);
    }

    public TResult GetResult(short token) => _promise.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _promise.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _promise.OnCompleted(continuation, state, token, flags);

    private void Cancel()
    {
        if (TryCancel())
            _promise.SetException(new OperationCanceledException(_cancellationToken));
    }
}
