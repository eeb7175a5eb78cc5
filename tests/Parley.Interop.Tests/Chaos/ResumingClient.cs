using System.Globalization;
using System.Net.Sockets;
using System.Xml;
using System.Xml.Linq;
using Parley.Interop.Tests.Wire;

namespace Parley.Interop.Tests.Chaos;

/// <summary>
/// A client with stream management (XEP-0198) that never gives up: it keeps what is not acknowledged, resumes whenever its connection dies, and where
/// the server refuses, binds anew, reads its archive from where it was, and sends again what neither an acknowledgement nor the archive has.
/// </summary>
/// <param name="user">The account's name, which is its password.</param>
/// <param name="peer">The other account's name.</param>
/// <param name="window">How many messages may wait for their acknowledgement.</param>
/// <param name="requestEvery">After how many messages an acknowledgement is requested.</param>
/// <param name="forgetful">Draws when it has forgotten its session, as a program does that was killed; it keeps its messages.</param>
internal sealed class ResumingClient(string user, string peer, int window = 20, int requestEvery = 5, Random? forgetful = null) : IDisposable
{
    private const int ForgetsOnceIn = 20;
    private static readonly XNamespace Management = "urn:xmpp:sm:3";
    private static readonly XNamespace Streams = "http://etherx.jabber.org/streams";
    private readonly SemaphoreSlim _sending = new(1, 1);
    private StreamClient? _ready;
    private TaskCompletionSource _established = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _previous;
    private string? _newestArchived;
    private CatchUp? _catchUp;
    private uint _handled;

    internal string User => user;

    internal Inbox Inbox { get; } = new($"{user}@localhost", $"{peer}@localhost");

    internal Outbox Outbox { get; } = new(window);

    /// <summary>The number of the last message sent.</summary>
    internal int Sent { get; private set; }

    /// <summary>What it is about, for failures.</summary>
    internal string Doing { get; private set; } = "nothing";

    /// <summary>How often a session was resumed.</summary>
    internal int Resumptions { get; private set; }

    /// <summary>How often a new session was begun, the first one included.</summary>
    internal int Sessions { get; private set; }

    /// <summary>Told of each resumption.</summary>
    internal Action? Resumed { get; set; }

    /// <summary>What the server said at the end of streams: the stream errors' conditions.</summary>
    internal List<string> StreamErrors { get; } = [];

    /// <summary>Connects again and again, until the end of the test or, where the server is gone for good, of its life.</summary>
    internal async Task RunAsync(int port, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                Doing = "connecting";
                await using var stream = await StreamClient.ConnectAsync(port, cancellationToken);
                Doing = "authenticating";
                await stream.AuthenticateAsync(user, cancellationToken);
                if (forgetful?.Next(ForgetsOnceIn) == 0)
                {
                    _previous = null;
                }

                if (_previous is null || !await ResumeAsync(stream, _previous, cancellationToken))
                {
                    await BeginAsync(stream, cancellationToken);
                }

                await ReceiveAsync(stream, cancellationToken);
            }
            catch (Exception e) when (IsConnectionEnd(e))
            {
                // What this client is for.
            }
            finally
            {
                _ready = null;
                if (_established.Task.IsCompleted)
                {
                    _established = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }
        }
    }

    /// <summary>Waits for a session that is established now or will be.</summary>
    internal Task EstablishedAsync(CancellationToken cancellationToken) => _established.Task.WaitAsync(cancellationToken);

    /// <summary>Sends the next numbered message: now, or as soon as there is a session again.</summary>
    internal async Task SendAsync(CancellationToken cancellationToken)
    {
        await Outbox.RoomAsync(cancellationToken);
        await _sending.WaitAsync(cancellationToken);
        try
        {
            var number = ++Sent;
            var stanza = new OutgoingStanza(
                $"<message to='{peer}@localhost' type='chat' id='{user}-{number}'><body>{number}</body></message>", number, _newestArchived);
            Outbox.Add(stanza);
            await WriteAsync(number % requestEvery == 0 ? $"{stanza.Xml}<r xmlns='{Management}'/>" : stanza.Xml, cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Asks for an acknowledgement of all.</summary>
    internal async Task RequestAsync(CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await WriteAsync($"<r xmlns='{Management}'/>", cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }

    public override string ToString() =>
        $"{user} is {Doing}: sent {Sent}, {Outbox.Unacknowledged.Count} not acknowledged, received up to {Inbox.Last}, {Inbox.Doubles} doubles, " +
        $"{Resumptions} resumptions, {Sessions} sessions, stream errors: " +
        string.Join(' ', StreamErrors.GroupBy(static name => name).Select(static group => $"{group.Key}×{group.Count()}"));

    public void Dispose()
    {
        _sending.Dispose();
        Outbox.Dispose();
    }

    private static bool IsConnectionEnd(Exception e) =>
        e is IOException or SocketException or ObjectDisposedException or XmlException or OperationCanceledException;

    private static uint H(XElement element) => uint.Parse(element.Attribute("h")!.Value, NumberStyles.None, CultureInfo.InvariantCulture);

    private async Task<bool> ResumeAsync(StreamClient stream, string previous, CancellationToken cancellationToken)
    {
        Doing = "resuming";
        await stream.SendAsync($"<resume xmlns='{Management}' h='{_handled}' previd='{previous}'/>", cancellationToken);
        var answer = await ReadAsync(stream, cancellationToken);
        if (answer.Attribute("h") is not null)
        {
            Outbox.Handled(H(answer));
        }

        if (answer.Name != Management + "resumed")
        {
            _previous = null;
            return answer.Name == Management + "failed"
                ? false
                : throw new InvalidOperationException($"The server answered to <resume/>: {answer.ToString(SaveOptions.DisableFormatting)}");
        }

        Resumptions++;
        await EstablishAsync(stream, cancellationToken);
        Resumed?.Invoke();
        return true;
    }

    private async Task BeginAsync(StreamClient stream, CancellationToken cancellationToken)
    {
        Doing = "binding";
        await stream.BindAsync(cancellationToken);

        // Before presence, so that nothing live can come before what it follows.
        var oldest = Outbox.Unacknowledged.FirstOrDefault(static stanza => stanza.Number is not null);
        _catchUp ??= new CatchUp($"{user}@localhost", oldest is null ? _newestArchived : oldest.Since, Inbox);
        Doing = "catching up";
        await _catchUp.ReadAsync(stream, cancellationToken);
        Doing = "enabling";
        await stream.SendAsync($"<enable xmlns='{Management}' resume='true'/>", cancellationToken);
        var enabled = await stream.ReadAsync(static element => element.Name.Namespace == Management, cancellationToken);
        if (enabled.Name != Management + "enabled" || enabled.Attribute("id")?.Value is not { } id)
        {
            throw new InvalidOperationException($"The server answered to <enable/>: {enabled.ToString(SaveOptions.DisableFormatting)}");
        }

        Sessions++;
        _previous = id;
        _handled = 0;
        Outbox.StartAnew(_catchUp.Sent, new OutgoingStanza("<presence/>", null, null));
        _newestArchived = _catchUp.Newest;
        _catchUp = null;
        await EstablishAsync(stream, cancellationToken);
    }

    private async Task EstablishAsync(StreamClient stream, CancellationToken cancellationToken)
    {
        Doing = "sending again";
        await _sending.WaitAsync(cancellationToken);
        try
        {
            foreach (var stanza in Outbox.Unacknowledged)
            {
                await stream.SendAsync(stanza.Xml, cancellationToken);
            }

            await stream.SendAsync($"<r xmlns='{Management}'/>", cancellationToken);
            _ready = stream;
            _established.TrySetResult();
            Doing = "established";
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReceiveAsync(StreamClient stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            var element = await ReadAsync(stream, cancellationToken);
            if (element.Name == Management + "a")
            {
                Outbox.Handled(H(element));
            }
            else if (element.Name == Management + "r")
            {
                await AnswerAsync(stream, cancellationToken);
            }
            else if (element.Name.Namespace == StreamClient.Client)
            {
                _handled = unchecked(_handled + 1);
                Hear(element);
            }
        }
    }

    private void Hear(XElement element)
    {
        if (element.Name.LocalName == "message")
        {
            Inbox.TakeLive(element);
            _newestArchived = Inbox.LastId ?? _newestArchived;
        }
    }

    private async Task<XElement> ReadAsync(StreamClient stream, CancellationToken cancellationToken)
    {
        var element = await stream.ReadAsync(cancellationToken);
        if (element.Name == Streams + "error")
        {
            StreamErrors.Add(element.Elements().First().Name.LocalName);
            throw new EndOfStreamException($"The server ended the stream: {element}");
        }

        return element;
    }

    private async Task AnswerAsync(StreamClient stream, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await stream.SendAsync($"<a xmlns='{Management}' h='{_handled}'/>", cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Writes to the session if there is one; if it fails, the reading side learns the same and resumes.</summary>
    private async Task WriteAsync(string xml, CancellationToken cancellationToken)
    {
        if (_ready is not { } stream)
        {
            return;
        }

        try
        {
            await stream.SendAsync(xml, cancellationToken);
        }
        catch (Exception e) when (IsConnectionEnd(e))
        {
            _ready = null;
            stream.Abort();
        }
    }
}
