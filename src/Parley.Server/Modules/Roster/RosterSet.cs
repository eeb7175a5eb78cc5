using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Server.Modules.Roster;

/// <summary>What a client may set of an entry; <c>ask</c> and any <c>subscription</c> but <c>remove</c> are the server's (RFC 6121 §2.1.2).</summary>
/// <param name="Contact">The contact's bare JID.</param>
/// <param name="IsRemoval">Whether the entry is to go.</param>
/// <param name="Name">The handle, or null.</param>
/// <param name="Groups">The groups.</param>
internal sealed record RosterSet(Jid Contact, bool IsRemoval, string? Name, IReadOnlyList<string> Groups)
{
    private const int MaxBytes = 1023;
    private const int MaxGroups = 64;

    /// <summary>Reads a roster set.</summary>
    /// <exception cref="StanzaException">The errors of RFC 6121 §2.3.3; not-allowed for an account's entry of itself; policy-violation for more than 64 groups.</exception>
    internal static RosterSet Parse(XmlElement query, Jid account)
    {
        var item = OnlyItem(query);
        var contact = item.RequiredJid().Bare;
        if (contact.Equals(account))
        {
            throw new StanzaException(StanzaErrorCondition.NotAllowed, "Nobody is in their own roster.");
        }

        if (item.Attribute("subscription") == "remove")
        {
            return new RosterSet(contact, true, null, []);
        }

        var name = item.Attribute("name");
        if (IsTooLong(name))
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, $"A name takes {MaxBytes} bytes at most.");
        }

        return new RosterSet(contact, false, string.IsNullOrEmpty(name) ? null : name, ReadGroups(item));
    }

    private static XmlElement OnlyItem(XmlElement query)
    {
        XmlElement? only = null;
        foreach (var child in query.Children)
        {
            if (only is not null || !child.Is(RosterXml.Item))
            {
                throw new StanzaException(StanzaErrorCondition.BadRequest, "A roster set takes one <item/>.");
            }

            only = child;
        }

        return only ?? throw new StanzaException(StanzaErrorCondition.BadRequest, "A roster set takes one <item/>.");
    }

    private static string[] ReadGroups(XmlElement item)
    {
        List<string> groups = [];
        foreach (var child in item.Children)
        {
            if (!child.Is(RosterXml.Group))
            {
                continue;
            }

            if (groups.Count == MaxGroups)
            {
                throw new StanzaException(StanzaErrorCondition.PolicyViolation, $"A contact is in {MaxGroups} groups at most.");
            }

            var group = child.Text;
            if (group.Length == 0 || IsTooLong(group))
            {
                throw new StanzaException(StanzaErrorCondition.NotAcceptable, $"A group's name takes 1 to {MaxBytes} bytes.");
            }

            if (groups.Contains(group))
            {
                throw new StanzaException(StanzaErrorCondition.BadRequest, "A group is named twice.");
            }

            groups.Add(group);
        }

        return [.. groups];
    }

    private static bool IsTooLong(string? text) => text?.Length > MaxBytes || (text is not null && Encoding.UTF8.GetByteCount(text) > MaxBytes);
}
