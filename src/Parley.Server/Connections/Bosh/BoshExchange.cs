using System.Buffers;
using System.Threading.Tasks.Sources;

namespace Parley.Server.Connections.Bosh;

/// <summary>A request in a session, and the answer that it waits for.</summary>
/// <param name="body">What the request says.</param>
/// <param name="isGone">Tells whether the connection that would carry the answer is lost; null where it cannot be.</param>
public sealed class BoshExchange(BoshBody body, Func<bool>? isGone = null) : IValueTaskSource<BoshAnswer>
{
    // Whoever answers does not go on with another's request.
    private ManualResetValueTaskSourceCore<BoshAnswer> _answered = new() { RunContinuationsAsynchronously = true };
    private byte[] _content = [];

    /// <summary>What the request says.</summary>
    public BoshBody Body { get; } = body;

    /// <summary>The request id.</summary>
    public long Rid => Body.Rid;

    /// <summary>The answer; null while there is none.</summary>
    public BoshAnswer? Answer { get; private set; }

    /// <summary>Whether the client cannot be told anything on it any more.</summary>
    public bool IsGone => isGone?.Invoke() == true;

    /// <summary>When it arrived, as a timestamp.</summary>
    internal long ReceivedAt { get; set; }

    /// <summary>The last request that had its answer when this one arrived.</summary>
    internal long AnsweredBefore { get; set; }

    /// <summary>Whether its payloads have been handled.</summary>
    internal bool IsHandled { get; set; }

    /// <summary>How many bytes the document has.</summary>
    internal int Length { get; private set; }

    /// <summary>Whether it opens a stream: it creates the session, or restarts the stream.</summary>
    internal bool Opens => !Body.HasSid || Body.IsRestart;

    /// <summary>The wrapper's open tag.</summary>
    internal ReadOnlyMemory<byte> Tag => _content.AsMemory(Body.Tag.Start, Body.Tag.Length);

    /// <summary>Completes when there is an answer.</summary>
    public ValueTask<BoshAnswer> AnswerAsync() => new(this, _answered.Version);

    /// <summary>A payload.</summary>
    internal ReadOnlyMemory<byte> Payload(int index) => _content.AsMemory(Body.Payload(index).Start, Body.Payload(index).Length);

    /// <summary>Keeps a copy of the document until <see cref="Release"/>, where there is something in it to handle.</summary>
    internal void Keep(ReadOnlySpan<byte> document)
    {
        Length = document.Length;
        if (Body.PayloadCount == 0 && !Opens)
        {
            return;
        }

        _content = ArrayPool<byte>.Shared.Rent(document.Length);
        document.CopyTo(_content);
    }

    /// <summary>The payloads are handled, or never will be.</summary>
    internal void Release()
    {
        if (_content.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_content);
            _content = [];
        }
    }

    /// <summary>Says what the answer is, which is not sent before <see cref="Send"/>.</summary>
    internal void Decide(BoshAnswer answer) => Answer = answer;

    /// <summary>Has the answer sent.</summary>
    internal void Send() => _answered.SetResult(Answer!);

    /// <summary>Answers it at once.</summary>
    internal void Complete(BoshAnswer answer)
    {
        Decide(answer);
        Send();
    }

    BoshAnswer IValueTaskSource<BoshAnswer>.GetResult(short token) => _answered.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<BoshAnswer>.GetStatus(short token) => _answered.GetStatus(token);

    void IValueTaskSource<BoshAnswer>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answered.OnCompleted(continuation, state, token, flags);
}
