using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Connections;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Who sees what of whose presence (XEP-0045 §7.2.2 to §7.2.4, §16.3). Each presence is written once for all who see the same.</summary>
internal sealed class RoomPresence(RoomFanOut fanOut, IEnumerable<IOccupantExtension> extensions)
{
    private readonly IOccupantExtension[] _extensions = [.. extensions];

    /// <summary>Sends an occupant's presence to everybody: to himself last where he is there, first where he goes (XEP-0045 §7.2.2, §7.14).</summary>
    internal async ValueTask AnnounceAsync(Room room, Occupant occupant, PresenceNotice notice, FlushSet flush)
    {
        if (notice.IsUnavailable)
        {
            await ToSelfAsync(room, occupant, notice, flush);
        }

        if (room.Configuration.Broadcasts(occupant.Role))
        {
            await ToOthersAsync(room, occupant, notice.IsPlain ? Encoded(room, occupant) : Encode(room, occupant, notice), flush);
            occupant.IsSeen = !notice.IsUnavailable;
        }
        else if (occupant.IsSeen)
        {
            // For them he goes, under whatever nickname he stays.
            await ToOthersAsync(room, occupant, Encode(room, occupant, ToHide(notice)), flush);
            occupant.IsSeen = false;
        }

        if (!notice.IsUnavailable)
        {
            await ToSelfAsync(room, occupant, notice, flush);
        }
    }

    /// <summary>Sends the presence of all others to a client that enters.</summary>
    internal async ValueTask IntroduceAsync(Room room, OccupantSession newcomer, FlushSet flush)
    {
        var showsAddress = room.Shows(newcomer.Occupant.Role);
        foreach (var occupant in room.Occupants.All)
        {
            if (!ReferenceEquals(occupant, newcomer.Occupant) && room.Configuration.Broadcasts(occupant.Role))
            {
                var encoded = Encoded(room, occupant);
                await fanOut.SendAsync(room, newcomer, showsAddress ? encoded.Full : encoded.Public, occupant.Address, flush);
                occupant.IsSeen = true;
            }
        }
    }

    /// <summary>Sends an occupant's presence to one of his own clients.</summary>
    internal ValueTask ToSelfAsync(Room room, OccupantSession session, PresenceNotice notice, FlushSet flush)
    {
        var isOrigin = ReferenceEquals(session, notice.Origin);
        var own = Encode(room, session.Occupant, notice, session.Address, [MucStatus.SelfPresence, .. isOrigin ? notice.OriginStatuses : []]);
        return fanOut.SendAsync(
            room, session, isOrigin && notice.OriginId is { } id ? own.WithId(id) : own, session.Occupant.Address, flush);
    }

    private async ValueTask ToSelfAsync(Room room, Occupant occupant, PresenceNotice notice, FlushSet flush)
    {
        foreach (var session in occupant.Sessions)
        {
            if (!session.IsLost)
            {
                await ToSelfAsync(room, session, notice, flush);
            }
        }
    }

    private ValueTask ToOthersAsync(Room room, Occupant occupant, EncodedPresence encoded, FlushSet flush) => fanOut.ToAllAsync(
        room,
        other => ReferenceEquals(other, occupant) ? null : room.Shows(other.Role) ? encoded.Full : encoded.Public,
        occupant.Address,
        flush);

    private static PresenceNotice ToHide(PresenceNotice notice) =>
        notice.NewNickname is null ? notice with { IsUnavailable = true } : new PresenceNotice { IsUnavailable = true };

    private EncodedPresence Encoded(Room room, Occupant occupant) => occupant.Encoded ??= Encode(room, occupant, PresenceNotice.Plain);

    private EncodedPresence Encode(Room room, Occupant occupant, PresenceNotice notice)
    {
        var session = notice.IsUnavailable ? notice.Origin : null;
        var full = Encode(room, occupant, notice, (session ?? occupant.Shown).Address, []);
        return new EncodedPresence(room.Configuration.IsNonAnonymous ? full : Encode(room, occupant, notice, null, []), full);
    }

    private Stanza Encode(Room room, Occupant occupant, PresenceNotice notice, Jid? address, IReadOnlyList<int> own)
    {
        // Of somebody who goes without a word, nothing is repeated.
        var content = notice.Content ?? (notice.IsUnavailable ? null : occupant.Shown.Presence);
        var about = new MucUser
        {
            About = new MucItem
            {
                Affiliation = notice.Affiliation ?? room.Affiliations.Of(occupant.User),
                Role = notice.Role ?? occupant.Role,
                Jid = address,
                Nickname = notice.NewNickname,
                ActorNickname = notice.ActorNickname,
                ActorJid = notice.ActorJid,
                Reason = notice.Reason,
            },
            Statuses = [.. notice.Statuses.Concat(own).Distinct().Order()],
            Further = notice.Further,
        };
        var presence = Stanza.Create(
            StanzaKind.Presence,
            notice.IsUnavailable ? StanzaType.Unavailable : StanzaType.None,
            occupant.Address,
            null,
            null,
            writer => Write(room, occupant, notice.IsUnavailable, content, about, writer));
        return content is null ? presence : presence.WithDefaultLanguage(content.Language);
    }

    private void Write(Room room, Occupant occupant, bool isUnavailable, Stanza? content, MucUser about, Utf8XmlWriter writer)
    {
        if (content is not null)
        {
            writer.Raw(content.Payload.Span);
        }

        about.WriteTo(writer);
        OccupantId.Write(writer, occupant.Id);
        if (!isUnavailable)
        {
            foreach (var extension in _extensions)
            {
                extension.Write(room, occupant, writer);
            }
        }
    }
}
