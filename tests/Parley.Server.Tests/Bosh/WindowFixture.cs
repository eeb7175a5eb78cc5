using System.Text;
using Parley.Protocol.Xml;
using Parley.Server.Connections.Bosh;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Bosh;

/// <summary>A session's window without HTTP or streams: requests go in by hand, and nothing is answered that a test does not answer.</summary>
internal sealed class WindowFixture
{
    internal const long First = 1573741820;
    internal const string Stanza = "<message xmlns='jabber:client'/>";
    private readonly BoshWindow _window;
    private long _output;

    internal WindowFixture(string opening = "wait='60' hold='1' ver='1.6'", string? newKey = null, int maxKeptBytes = 64 * 1024)
    {
        var document = Encoding.UTF8.GetBytes($"<body {opening} xmlns='http://jabber.org/protocol/httpbind'/>");
        var terms = BoshTerms.Agree(BoshOpening.Read(document), new BoshOptions { MaxHold = 3 });
        _window = new BoshWindow(terms, First, maxKeptBytes, Time);
        Created = Begin(First, newKey is null ? "" : $"newkey='{newKey}'");
        Handle("<stream:features/>");
    }

    internal FakeTime Time { get; } = new();

    /// <summary>The request that created the session, already answered.</summary>
    internal BoshExchange Created { get; }

    /// <summary>The ids of the requests whose payloads were handled, in order.</summary>
    internal List<long> HandledRids { get; } = [];

    /// <summary>How many chunks of output are known to have arrived; one is given out by each <see cref="Answer"/> with content.</summary>
    internal long Confirmed => _window.ConfirmedOutput;

    internal bool CanAnswer => _window.CanAnswer;

    /// <summary>The condition that ended the session, if it has.</summary>
    internal BoshCondition? Ended { get; private set; }

    /// <summary>Sends a request; everything in order is handled at once, and what has to be answered at once is.</summary>
    internal BoshExchange Send(long rid, string attributes = "", string content = "", Func<bool>? isGone = null, string? answer = null)
    {
        var exchange = Begin(rid, attributes, content, isGone);
        Handle(answer);
        return exchange;
    }

    /// <summary>Sends a request, and handles nothing.</summary>
    internal BoshExchange Begin(long rid, string attributes = "", string content = "", Func<bool>? isGone = null)
    {
        var document = Document(rid, attributes, content);
        var body = BoshBody.ReadTag(document)!;
        body.ReadPayloads(document, XmlLimits.Default);
        var exchange = new BoshExchange(body, isGone);
        if (_window.Admit(exchange) is var condition and not BoshCondition.None)
        {
            End(condition, exchange);
        }

        return exchange;
    }

    /// <summary>Handles what is in order, which brings this output.</summary>
    internal void Handle(string? output = null)
    {
        while (Ended is null && _window.TryTakeNext(out var next, out var condition))
        {
            if (condition != BoshCondition.None)
            {
                End(condition, next);
                return;
            }

            HandledRids.Add(next.Rid);
            _window.Handled(next);
            if (next.Body.IsTerminate)
            {
                End(BoshCondition.None, null);
            }
        }

        if (output is not null)
        {
            Answer(output);
        }

        while (_window.MustAnswer)
        {
            _window.AnswerOldest([], [], _output);
        }
    }

    /// <summary>Something is there for the client: the oldest request is answered with it.</summary>
    internal void Answer(string content)
    {
        Assert.True(_window.CanAnswer, "No request waits.");
        _output++;
        _window.AnswerOldest(Encoding.UTF8.GetBytes(content), [], _output);
    }

    internal void End(BoshCondition condition, BoshExchange? cause)
    {
        Ended = condition;
        _window.Terminate(condition, [], cause);
    }

    /// <summary>Moves time by seconds, with a heartbeat after each.</summary>
    /// <returns>False when the client was silent for too long.</returns>
    internal bool Pass(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            if (!_window.OnHeartbeat(_output))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The text of an answer, with double quotes and the namespace left out; null while there is none.</summary>
    internal static string? Text(BoshExchange exchange) =>
        exchange.Answer is null ? null : Encoding.UTF8.GetString(exchange.Answer.Body).Replace(" xmlns='http://jabber.org/protocol/httpbind'", "", StringComparison.Ordinal);

    private static byte[] Document(long rid, string attributes, string content) =>
        Encoding.UTF8.GetBytes($"<body rid='{rid}' {attributes} xmlns='http://jabber.org/protocol/httpbind'>{content}</body>");
}
