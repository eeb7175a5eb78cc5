using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Modules.Archive;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Carbons;

/// <summary>Writes copies of a message to the resources that want them and are not among those that get the message itself (XEP-0280 §7, §8).</summary>
/// <remarks>
/// Each resource gets a message once: itself, or one copy. What an account sends to itself is copied as sent; the sender gets no copy of its
/// own. A copy is encoded once for all resources. It is for its resource alone: one that is not taken is not stored, passed on or bounced (§10.3).
/// </remarks>
internal sealed class CarbonCopies(SessionDirectory sessions)
{
    private static readonly XmlName StanzaId = new("stanza-id", "urn:xmpp:sid:0");

    // As long as the account has sessions.
    private readonly ConditionalWeakTable<AccountSessions, EligibleMessages> _eligible = [];

    /// <summary>Copies a message to the sessions whose slot <paramref name="enabled"/> is set.</summary>
    internal void Send(Delivery delivery, SessionSlot<object> enabled)
    {
        if (delivery is { SenderAccount: not null, Sender: { } sender } && IsWanted(sender.Account.All, sender, enabled))
        {
            Send(delivery, CarbonDirection.Sent, sender.Account, enabled);
        }

        if (delivery.RecipientAccount is { } recipient && !recipient.Equals(delivery.SenderAccount)
            && sessions.Find(recipient) is { } account && IsWanted(account.All, null, enabled))
        {
            Send(delivery, CarbonDirection.Received, account, enabled);
        }
    }

    // Most accounts have no session that wants copies, but for the sender's own: that costs a look at each.
    private static bool IsWanted(ImmutableArray<ClientSession> all, ClientSession? except, SessionSlot<object> enabled)
    {
        foreach (var session in all)
        {
            if (!ReferenceEquals(session, except) && session.Get(enabled) is not null)
            {
                return true;
            }
        }

        return false;
    }

    private void Send(Delivery delivery, CarbonDirection direction, AccountSessions account, SessionSlot<object> enabled)
    {
        var all = account.All;
        var targets = account.Account.Equals(delivery.RecipientAccount) ? MessageTargets.Of(delivery.Stanza, all) : default;
        if ((all.Length == 1 && targets.Contains(all[0])) || !IsEligible(delivery.Stanza, direction, account))
        {
            return;
        }

        Stanza? copy = null;
        foreach (var session in all)
        {
            if (session.Get(enabled) is not null && !ReferenceEquals(session, delivery.Sender) && !targets.Contains(session))
            {
                copy ??= Wrap(delivery, direction, account.Account);
                session.Deliver(copy, account.Account, session.Jid, delivery.Flush, Fallback.None);
            }
        }
    }

    private bool IsEligible(Stanza message, CarbonDirection direction, AccountSessions account)
    {
        var peer = (direction == CarbonDirection.Sent ? message.To : message.From)!;
        if (message.IsError)
        {
            return !CarbonRules.IsPrivate(message)
                && _eligible.TryGetValue(account, out var known)
                && known.IsAnsweredBy(message.Id.Span, peer);
        }

        if (!CarbonRules.IsEligible(message, direction))
        {
            return false;
        }

        // With a single resource there is nobody to copy the answer to.
        if (account.All.Length > 1)
        {
            _eligible.GetValue(account, static _ => new EligibleMessages()).Add(message.Id.Span, peer);
        }

        return true;
    }

    // With the id under which the account's own archive has the message (XEP-0359 §3.1), as its other resources see it there.
    private static Stanza Wrap(Delivery delivery, CarbonDirection direction, Jid account)
    {
        var message = direction == CarbonDirection.Sent ? delivery.ForSender() : delivery.Stanza;
        var archived = direction == CarbonDirection.Sent ? delivery.SenderArchiveId : delivery.RecipientArchiveId;
        if (archived is { } id && !HasIdBy(message, account))
        {
            message = message.WithAppended(
                writer => writer.Start(StanzaId).Attribute("by", account.ToString()).Attribute("id", ArchiveId.ToText(id)).End());
        }

        return new Carbon(direction, message).Wrap(account);
    }

    private static bool HasIdBy(Stanza message, Jid account)
    {
        foreach (var child in message.Children)
        {
            if (child.Is(StanzaId.LocalUtf8, StanzaId.NamespaceUtf8)
                && Jid.TryParse(message.Element(child).Attribute("by"), out var by) && by.Equals(account))
            {
                return true;
            }
        }

        return false;
    }
}
