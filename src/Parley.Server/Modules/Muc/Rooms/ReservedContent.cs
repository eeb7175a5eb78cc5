using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>A namespace in which only the room speaks: elements in it are cut out of what occupants send.</summary>
internal sealed record ReservedNamespace(string Name);

/// <summary>Cuts out of what occupants send what is the room's own to say: forged or not, nobody else's word passes for it (XEP-0045 §16.3, XEP-0359 §4, XEP-0421 §4).</summary>
internal sealed class ReservedContent(IEnumerable<ReservedNamespace> namespaces)
{
    private readonly byte[][] _namespaces =
    [
        Encoding.UTF8.GetBytes(MucUser.Namespace),
        Encoding.UTF8.GetBytes(OccupantId.Namespace),

        // The older form of a delay, which clients still take for one (XEP-0091).
        "jabber:x:delay"u8.ToArray(),
        .. namespaces.Select(static reserved => Encoding.UTF8.GetBytes(reserved.Name)),
    ];

    /// <summary>The stanza without it; the same one when there is nothing of it.</summary>
    internal Stanza Clean(Room room, Stanza stanza)
    {
        foreach (var child in stanza.Children)
        {
            if (IsSuspect(child.NamespaceUri.Span))
            {
                return stanza.Without(child => IsForged(room, stanza, child));
            }
        }

        return stanza;
    }

    /// <summary>The same of presence, of which the request to enter is left out, too: it has a password in it.</summary>
    internal Stanza CleanPresence(Room room, Stanza presence) =>
        Clean(room, presence).Without(static child => child.Is(MucEnter.Name.LocalUtf8, MucEnter.Name.NamespaceUtf8));

    private bool IsForged(Room room, Stanza stanza, StanzaChild child) =>
        IsReserved(child.NamespaceUri.Span)
        || (child.Is(StanzaId.Name.LocalUtf8, StanzaId.Name.NamespaceUtf8) && IsOwn(room, stanza.Element(child).Attribute("by"), orNone: false))
        || (child.Is(DelayedDelivery.Name.LocalUtf8, DelayedDelivery.Name.NamespaceUtf8) && IsOwn(room, stanza.Element(child).Attribute("from"), orNone: true));

    private static bool IsOwn(Room room, string? address, bool orNone) =>
        address is null ? orNone : !Jid.TryParse(address, out var jid) || jid.DomainJid.Equals(room.Address.DomainJid);

    private bool IsSuspect(ReadOnlySpan<byte> ns) =>
        ns.SequenceEqual(StanzaId.Name.NamespaceUtf8) || ns.SequenceEqual(DelayedDelivery.Name.NamespaceUtf8) || IsReserved(ns);

    private bool IsReserved(ReadOnlySpan<byte> ns)
    {
        foreach (var reserved in _namespaces)
        {
            if (ns.SequenceEqual(reserved))
            {
                return true;
            }
        }

        return false;
    }
}
