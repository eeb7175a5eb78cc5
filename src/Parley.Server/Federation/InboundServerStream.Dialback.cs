using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Diagnostics;
using Parley.Server.Sessions;

namespace Parley.Server.Federation;

/// <content>The peer's proof by a key that its server confirms, and the questions about keys of ours (XEP-0220 §2.2).</content>
internal sealed partial class InboundServerStream
{
    /// <summary>Dialbacks of one stream that may be under way at a time; the next is answered with resource-constraint (XEP-0220 §2.4.2).</summary>
    internal const int MaxPending = 16;

    /// <summary>Dialbacks of one stream that may come to nothing; then it ends with policy-violation: each costs a question to somebody else.</summary>
    internal const int MaxRefusals = 100;

    /// <summary>Domain pairs that one stream may carry; the next is answered with resource-constraint.</summary>
    internal const int MaxPairs = 256;

    private int _pending;
    private int _refusals;

    // Steps 1 and 4: the peer asserts a sender domain for a target domain of ours (§2.2.1).
    private Negotiation BeginVerification(XmlElement result)
    {
        if (result.Attribute("type") is not null)
        {
            throw new StreamException(StreamErrorCondition.InvalidXml, "An answer to a dialback comes on the stream that asked for it.");
        }

        if (Volatile.Read(ref _refusals) >= MaxRefusals)
        {
            throw new StreamException(StreamErrorCondition.PolicyViolation, "Too many dialbacks that came to nothing.");
        }

        var pair = ReadPair(result);
        var refusal = RefusalOf(pair);
        if (refusal is { } refused)
        {
            Interlocked.Increment(ref _refusals);
            Output.Write(DialbackElement.Answer(pair.Target, pair.Sender, refused));
            return Negotiation.Continue;
        }

        // With a certificate for the name there is no need to call back.
        if (HasCertificateFor(pair.Sender))
        {
            Accept(pair, "certificate");
            return Negotiation.Continue;
        }

        if (!Services.Dialbacks.TryEnter(Connection.RemoteAddress))
        {
            Interlocked.Increment(ref _refusals);
            Output.Write(DialbackElement.Answer(pair.Target, pair.Sender, DialbackOutcome.Failed(StanzaErrorCondition.ResourceConstraint)));
            return Negotiation.Continue;
        }

        Interlocked.Increment(ref _pending);
        var key = Encoding.UTF8.GetBytes(result.Text.Trim());

        // The name that the stream has now: authentication may restart it meanwhile.
        var id = Id;
        _ = Task.Run(() => VerifyAsync(pair, id, key));
        return Negotiation.Continue;
    }

    private DialbackOutcome? RefusalOf(DomainPair pair) =>
        !Services.IsOurs(pair.Target) ? DialbackOutcome.Failed(StanzaErrorCondition.ItemNotFound)
        : Services.IsOurs(pair.Sender) ? DialbackOutcome.Failed(StanzaErrorCondition.NotAcceptable, "This domain is here.")
        : RefusalByPolicy(pair.Sender) is { } refusal ? refusal
        : IsFull(pair) ? DialbackOutcome.Failed(StanzaErrorCondition.ResourceConstraint)
        : null;

    private bool IsFull(DomainPair pair)
    {
        var pending = Volatile.Read(ref _pending);
        return pending >= MaxPending || (VerifiedCount + pending >= MaxPairs && !IsVerified(pair.Sender, pair.Target));
    }

    private async Task VerifyAsync(DomainPair pair, string id, byte[] key)
    {
        // Bounded in time; where the stream ends first, the outcome is of no use any more.
        DialbackOutcome outcome;
        try
        {
            outcome = await _remotes.VerifyAsync(pair, id, key, CancellationToken.None);
        }
        finally
        {
            Services.Dialbacks.Leave(Connection.RemoteAddress);
        }

        if (Terminated is not null)
        {
            return;
        }

        Conclude(pair, outcome);
    }

    private void Conclude(DomainPair pair, DialbackOutcome outcome)
    {
        if (!outcome.IsValid)
        {
            Interlocked.Increment(ref _refusals);
        }

        if (outcome.IsValid)
        {
            Accept(pair, "dialback");
        }
        else if (!outcome.IsError && VerifiedCount > 0)
        {
            // Others of the stream are good: this one may be a mistake (§2.2.1).
            Log.ServerNotAuthenticated(Services.Logger, Connection.Id, pair.Sender.ToString(), "forbidden");
            Output.Write(DialbackElement.Answer(pair.Target, pair.Sender, DialbackOutcome.Failed(StanzaErrorCondition.Forbidden)));
        }
        else
        {
            Output.Write(DialbackElement.Answer(pair.Target, pair.Sender, outcome));
            if (!outcome.IsError)
            {
                Log.ServerNotAuthenticated(Services.Logger, Connection.Id, pair.Sender.ToString(), "invalid");
                Terminate(new StreamException(StreamErrorCondition.NotAuthorized, "The dialback key is not one of the domain's."));
            }
        }

        // Last: while one is under way neither TLS nor <bidi/> begins.
        Interlocked.Decrement(ref _pending);
        Output.Flush();
    }

    private void NoteAccepted(Jid sender, string how)
    {
        SetDeadline(Services.Federation.IdleTimeout);
        Log.ServerAccepted(Services.Logger, Connection.Id, sender.Domain, how, IsSecure ? "TLS" : "no TLS");
    }

    private void Accept(DomainPair pair, string how)
    {
        State |= StreamState.Authenticated;
        Verified(pair.Sender, pair.Target);
        NoteAccepted(pair.Sender, how);
        Output.Write(DialbackElement.Answer(pair.Target, pair.Sender, DialbackOutcome.Valid));
        _waysBack.Open(pair);
    }

    // Steps 2 and 3: another server asks whether a key is one of ours (§2.2.2).
    private Negotiation AnswerQuestion(XmlElement verify)
    {
        if (verify.Attribute("type") is not null || verify.Attribute("id") is not { Length: > 0 } id)
        {
            throw new StreamException(StreamErrorCondition.InvalidXml, "Nobody has asked for this verification.");
        }

        var pair = ReadPair(verify);
        var outcome = !Services.IsOurs(pair.Target) ? DialbackOutcome.Failed(StanzaErrorCondition.ItemNotFound)
            : Services.Federation.PolicyFor(pair.Sender) is { RequireTls: true } && !IsSecure ? WithoutTls(pair.Sender)
            : Services.DialbackKeys.IsValid(verify.Text.Trim(), pair.Sender.Domain, pair.Target.Domain, id) ? DialbackOutcome.Valid
            : DialbackOutcome.Invalid;
        Output.Write(DialbackElement.Answer(pair.Target, pair.Sender, id, outcome));
        if (VerifiedCount == 0)
        {
            // Somebody who only asks is no idler.
            SetDeadline(Options.NegotiationTimeout);
        }

        return Negotiation.Continue;
    }

    private static DomainPair ReadPair(XmlElement element) =>
        Jid.TryParse(element.Attribute("from") ?? "", out var from) && from.IsDomain && Jid.TryParse(element.Attribute("to") ?? "", out var to) && to.IsDomain
            ? new DomainPair(from, to)
            : throw new StreamException(StreamErrorCondition.ImproperAddressing, "Dialback needs a 'from' and a 'to', both domains.");
}
