using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Sessions;

namespace Parley.Server.Federation;

/// <summary>What of a stream asks about keys (XEP-0220 §2.1.2).</summary>
internal sealed partial class OutboundServerStream
{
    /// <summary>Keys that may be waiting for their answer on one stream; the next fails with resource-constraint.</summary>
    internal const int MaxQuestions = 256;

    /// <summary>How long a stream may rest on which nothing is sent but keys to be verified.</summary>
    internal static readonly TimeSpan QuestionsIdleTimeout = TimeSpan.FromSeconds(30);

    private readonly Dictionary<(DomainPair Pair, string Id), (TaskCompletionSource<DialbackOutcome?> Answer, long AskedAt)> _questions = [];
    private readonly Dictionary<(DomainPair Pair, string Id), byte[]> _unasked = [];

    /// <summary>Asks the other server whether a key is one of its (XEP-0220 §2.1.2). The answer is null when the stream ends without one.</summary>
    internal Task<DialbackOutcome?> AskAsync(DomainPair pair, string id, byte[] key)
    {
        TaskCompletionSource<DialbackOutcome?> question;
        lock (_gate)
        {
            if (_isOver)
            {
                return Task.FromResult<DialbackOutcome?>(null);
            }

            if (_questions.Count >= MaxQuestions)
            {
                ForgetLate();
            }

            if (_questions.Count >= MaxQuestions || !_questions.TryAdd((pair, id), (question = new(TaskCreationOptions.RunContinuationsAsynchronously), Time.GetTimestamp())))
            {
                return Task.FromResult<DialbackOutcome?>(DialbackOutcome.Failed(StanzaErrorCondition.ResourceConstraint));
            }

            _unasked.Add((pair, id), key);
        }

        Work();
        return question.Task;
    }

    private bool IsAwaited(long timestamp)
    {
        lock (_gate)
        {
            return _questions.Values.Any(question => Time.GetElapsedTime(question.AskedAt, timestamp) < Options.NegotiationTimeout);
        }
    }

    // Under the lock.
    private void WriteQuestions()
    {
        foreach (var ((pair, id), key) in _unasked)
        {
            Output.Write(DialbackElement.Question(pair.Target, pair.Sender, id, key));
        }

        _unasked.Clear();
    }

    // Whoever asked has given up. An answer may still come, and ends no stream as long as there is room to remember that it was asked for.
    private void ForgetLate()
    {
        foreach (var (key, question) in _questions)
        {
            if (Time.GetElapsedTime(question.AskedAt) >= Options.NegotiationTimeout)
            {
                _questions.Remove(key);
                _unasked.Remove(key);
            }
        }
    }

    private void FailQuestions()
    {
        TaskCompletionSource<DialbackOutcome?>[] questions;
        lock (_gate)
        {
            _isOver = true;
            questions = [.. _questions.Values.Select(static question => question.Answer)];
            _questions.Clear();
        }

        foreach (var question in questions)
        {
            question.TrySetResult(IsHostUnknown ? DialbackOutcome.Failed(StanzaErrorCondition.RemoteServerNotFound) : null);
        }
    }

    // Step 3, for a key of somebody's who says to be of the other server.
    private Negotiation Answer(XmlElement verify)
    {
        (TaskCompletionSource<DialbackOutcome?> Answer, long AskedAt) question = default;
        var read = DialbackOutcome.Read(verify);
        if (read is not null && ReadPair(verify) is { } pair && verify.Attribute("id") is { } id)
        {
            lock (_gate)
            {
                _questions.Remove((pair, id), out question);
            }
        }

        if (question.Answer is null || read is not { } outcome)
        {
            throw new StreamException(StreamErrorCondition.InvalidXml, "Nobody has asked for this verification.");
        }

        question.Answer.TrySetResult(outcome);
        return Negotiation.Continue;
    }
}
