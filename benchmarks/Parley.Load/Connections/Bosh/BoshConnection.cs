using System.Buffers.Text;
using System.Text;

namespace Parley.Load.Connections.Bosh;

/// <summary>
/// A stream over BOSH (XEP-0124, XEP-0206) on two kept-alive connections, with <c>hold='1'</c>: one request rests at the server, a second
/// one brings what is to be sent. What is written while both are under way leaves with the next. Answers are taken in the order
/// of their requests.
/// </summary>
internal sealed class BoshConnection : ClientConnection
{
    public const string Path = "/http-bind";

    private const int Requests = 2;
    private const long FirstRid = 1_000_000_000; // as many digits as all that follow, so that a body's head is written in place
    private const int RidDigits = 10;

    private readonly Target _target;
    private readonly int _index;
    private readonly Lock _gate = new();
    private readonly List<HttpChannel> _free = [];
    private readonly Queue<HttpChannel> _underWay = new();
    private string _sid = "";
    private byte[] _bodyHead = [];
    private long _rid = FirstRid;
    private int _channels;
    private bool _ended;
    private TaskCompletionSource? _ready;

    private BoshConnection(Target target, int index)
    {
        _target = target;
        _index = index;
    }

    public static new async Task<BoshConnection> ConnectAsync(Target target, int index, CancellationToken cancellation)
    {
        var connection = new BoshConnection(target, index);
        await connection.AddChannelAsync(cancellation);
        return connection;
    }

    public override async ValueTask OpenStreamAsync(string domain, CancellationToken cancellation)
    {
        const string attributes = "xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh'";
        if (_bodyHead.Length > 0)
        {
            Start($"<body rid='{_rid}' sid='{_sid}' to='{domain}' xmpp:restart='true' {attributes}/>");
            return;
        }

        Start($"<body rid='{_rid}' to='{domain}' wait='60' hold='1' ver='1.6' content='text/xml; charset=utf-8' xmpp:version='1.0' {attributes}/>");
        var tag = await AnswerAsync(cancellation);
        _sid = ElementText.Attribute(tag, "sid") ?? throw new LoadException($"no session: {tag}");
        _bodyHead = Encoding.UTF8.GetBytes($"<body rid='{_rid}' sid='{_sid}' xmlns='http://jabber.org/protocol/httpbind'>");
    }

    public override Task StartTlsAsync(string domain, CancellationToken cancellation) => throw new LoadException("there is no STARTTLS over BOSH");

    public override async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        if (_ended)
            return false;
        lock (_gate)
        {
            if (_underWay.Count == 0)
                Start([]);
        }

        var tag = await AnswerAsync(cancellation);
        if (_ended)
            throw new IOException($"the server ended the session: {tag}");
        return true;
    }

    public override async ValueTask ReadyToWriteAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task ready;
            lock (_gate)
            {
                if (_free.Count > 0)
                    return;
                ready = _channels < Requests ? Task.CompletedTask : (_ready ??= new TaskCompletionSource()).Task;
            }

            if (ready.IsCompleted)
                await AddChannelAsync(cancellation);
            else
                await ready.WaitAsync(cancellation);
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        lock (_gate)
            Start(bytes.Span);
        return ValueTask.CompletedTask;
    }

    protected override async ValueTask CloseStreamAsync(CancellationToken cancellation)
    {
        await ReadyToWriteAsync(cancellation);
        Start($"<body rid='{_rid}' sid='{_sid}' type='terminate' xmlns='http://jabber.org/protocol/httpbind'/>");

        // A connection that is closed before the server has read from it takes the request along.
        while (!_ended && _underWay.Count > 0)
            await AnswerAsync(cancellation);
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var channel in _free.Concat(_underWay))
            channel.Dispose();
    }

    private async Task AddChannelAsync(CancellationToken cancellation)
    {
        var stream = await ConnectAsync(_target.HttpEndPoint, _target.Source(_index), cancellation);
        var channel = new HttpChannel(
            stream, $"POST {Path} HTTP/1.1\r\nHost: {_target.Domain}:{_target.HttpEndPoint.Port}\r\nContent-Type: text/xml; charset=utf-8\r\n");
        lock (_gate)
        {
            _channels++;
            _free.Add(channel);
        }
    }

    // Under the lock, so that requests leave in the order of their numbers.
    private void Start(ReadOnlySpan<byte> elements)
    {
        Utf8Formatter.TryFormat(_rid, _bodyHead.AsSpan("<body rid='".Length, RidDigits), out _);
        TakeChannel().Request(_bodyHead, elements, "</body>"u8);
    }

    private void Start(string body)
    {
        lock (_gate)
            TakeChannel().Request(Encoding.UTF8.GetBytes(body), [], []);
    }

    private HttpChannel TakeChannel()
    {
        var channel = _free[^1];
        _free.RemoveAt(_free.Count - 1);
        _underWay.Enqueue(channel);
        _rid++;
        return channel;
    }

    /// <summary>Waits for the answer of the oldest request; takes its elements, returns the open tag of its body.</summary>
    private async ValueTask<string> AnswerAsync(CancellationToken cancellation)
    {
        HttpChannel oldest;
        lock (_gate)
            oldest = _underWay.Peek();
        await oldest.ReadAsync(cancellation);
        var tag = Take(oldest.Answer);
        oldest.Consume();
        TaskCompletionSource? ready;
        lock (_gate)
        {
            _underWay.Dequeue();
            _free.Add(oldest);
            (ready, _ready) = (_ready, null);
        }

        ready?.SetResult();
        return tag;
    }

    private string Take(ReadOnlySpan<byte> answer)
    {
        var start = answer.IndexOf("<body"u8);
        if (start < 0)
            throw new IOException($"not a body: {Encoding.UTF8.GetString(answer)}");
        var tag = answer[start..ElementScanner.TagEnd(answer, start)];
        var end = answer.LastIndexOf("</body>"u8);
        if (end > 0)
            Elements.Append(answer[(start + tag.Length)..end]);
        _ended = tag.IndexOf("terminate"u8) >= 0;
        return _ended || _sid.Length == 0 ? Encoding.UTF8.GetString(tag) : "";
    }
}
