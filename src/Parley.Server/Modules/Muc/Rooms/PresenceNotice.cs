using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>What is said with an occupant's presence beyond who he is.</summary>
internal sealed record PresenceNotice
{
    /// <summary>Nothing but that he is there.</summary>
    internal static readonly PresenceNotice Plain = new();

    /// <summary>He goes, or changes his name; otherwise he is there.</summary>
    internal bool IsUnavailable { get; init; }

    /// <summary>What his client says of itself; null for what it said last.</summary>
    internal Stanza? Content { get; init; }

    /// <summary>Status codes for everybody.</summary>
    internal IReadOnlyList<int> Statuses { get; init; } = [];

    /// <summary>The client that all this comes of, and that gets further codes and the id of what it sent; null for none.</summary>
    internal OccupantSession? Origin { get; init; }

    /// <summary>Those further codes.</summary>
    internal IReadOnlyList<int> OriginStatuses { get; init; } = [];

    /// <summary>The id that it gave its stanza, or null.</summary>
    internal string? OriginId { get; init; }

    /// <summary>The role that is told; null for the one that he has.</summary>
    internal MucRole? Role { get; init; }

    /// <summary>The affiliation that is told; null for the one that he has.</summary>
    internal MucAffiliation? Affiliation { get; init; }

    /// <summary>The nickname that he takes.</summary>
    internal string? NewNickname { get; init; }

    /// <summary>The nickname of who did it.</summary>
    internal string? ActorNickname { get; init; }

    /// <summary>The bare JID of who did it, where it may be told.</summary>
    internal Jid? ActorJid { get; init; }

    /// <summary>Why.</summary>
    internal string? Reason { get; init; }

    /// <summary>Further elements in the room's own (muc#user).</summary>
    internal Action<Protocol.Xml.Utf8XmlWriter>? Further { get; init; }

    /// <summary>Whether nothing is said but that he is there.</summary>
    internal bool IsPlain =>
        !IsUnavailable && Content is null && Statuses.Count == 0 && Role is null && Affiliation is null && NewNickname is null
        && ActorNickname is null && ActorJid is null && Reason is null && Further is null;
}
