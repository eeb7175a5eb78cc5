using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Sessions;

namespace Parley.Server.Federation;

/// <content>Stanzas of the other server on a stream that this one opened (XEP-0288).</content>
internal sealed partial class OutboundServerStream
{
    private bool _mayTurnBidirectional;
    private bool _isBidirectional;

    internal override void NoteActivity()
    {
        if (_isBidirectional)
        {
            _remote.NoteUsed();
        }
    }

    // Where there is something to send. Who only asks about keys gets nothing back.
    private void TurnBidirectional()
    {
        if (_mayTurnBidirectional && _wanted.Count > 0 && _guests.All(guest => MayTakeStanzasOf(guest.Domain)))
        {
            _mayTurnBidirectional = false;
            _isBidirectional = true;
            Send(static writer => writer.Element("bidi", BidirectionalElement.Namespace));
        }
    }

    // What the other server may send us then is the inverse of what we may send (XEP-0288 §2.2).
    private void Accepted(RemoteServer remote, Jid local)
    {
        if (_isBidirectional)
        {
            Verified(remote.Domain, local);
        }

        remote.Ready(this, local);
    }

    // As on a stream that it opens: where only a certificate tells who it is, it needs one here, too.
    private bool MayTakeStanzas => MayTakeStanzasOf(_remote.Domain);

    private bool IsForeignKey(XmlElement result) => _isBidirectional && result.Attribute("type") is null && ReadPair(result) is not null;

    // It has another domain that wants to send here: on a stream that it opens (XEP-0220 §2.5).
    private Negotiation RefuseKey(XmlElement result)
    {
        var pair = ReadPair(result)!.Value;
        Output.Write(DialbackElement.Answer(pair.Target, pair.Sender, DialbackOutcome.Failed(StanzaErrorCondition.ResourceConstraint)));
        Output.Flush();
        return Negotiation.Continue;
    }
}
