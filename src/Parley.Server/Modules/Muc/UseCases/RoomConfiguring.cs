using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Takes a submitted form: the room is as it says from then on, and unlocked (XEP-0045 §10.1.2, §10.1.3, §10.2).</summary>
internal sealed class RoomConfiguring(
    RoomStorage storage, AffiliationRules rules, AffiliationChange affiliations, RoomPresence presence, RoomFanOut fanOut, Departures departures, IOptions<MucOptions> options)
{
    /// <summary>Applies a form; durable when the task completes.</summary>
    /// <exception cref="StanzaException">not-acceptable: what it says is not possible; conflict: the room would have no owner; resource-constraint: it would know of too many users.</exception>
    internal async ValueTask ApplyAsync(RoomTurn turn, DataForm submitted)
    {
        var room = turn.Room;
        var (before, lockedBy) = (room.Configuration, room.LockedBy);
        var accepted = RoomForm.Of(room).Accept(submitted);
        var configuration = RoomForm.Apply(accepted, before);
        if (configuration.MaxUsers == RoomConfiguration.AnyNumber)
        {
            configuration = configuration with { MaxUsers = options.Value.MaxOccupantsLimit };
        }

        RequireWithinLimits(configuration);
        var members = Members(room, accepted);
        rules.RequireSound(room, members);
        var concerned = AffiliationChange.Concerned(room, members);

        (room.Configuration, room.LockedBy) = (configuration, null);
        try
        {
            await storage.SaveAsync(room, members, CancellationToken.None);
        }
        catch
        {
            (room.Configuration, room.LockedBy) = (before, lockedBy);
            throw;
        }

        foreach (var occupant in room.Occupants.All)
        {
            occupant.Encoded = null;
        }

        foreach (var occupant in concerned)
        {
            await affiliations.TellAsync(room, occupant, Acting.Notice(turn, null), turn.Flush);
        }

        await AdaptAsync(turn, before);
        if (lockedBy is null)
        {
            await NotifyAsync(turn, before);
        }
    }

    private void RequireWithinLimits(RoomConfiguration configuration)
    {
        if (configuration.MaxUsers < 1 || configuration.MaxUsers > options.Value.MaxOccupantsLimit)
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, $"A room takes 1 to {options.Value.MaxOccupantsLimit} occupants.");
        }

        if (configuration.MaxHistory > options.Value.MaxHistoryLimit)
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, $"The history has {options.Value.MaxHistoryLimit} messages at most.");
        }
    }

    // Who is owner no more is admin, who is admin no more is member (§10.2).
    private static List<RoomMember> Members(Room room, DataForm accepted)
    {
        var owners = Listed(room, accepted[RoomConfigurationForm.Owners], MucAffiliation.Owner);
        var admins = Listed(room, accepted[RoomConfigurationForm.Admins], MucAffiliation.Admin);
        var changes = new List<RoomMember>();
        foreach (var member in room.Affiliations.All)
        {
            if (member.Affiliation == MucAffiliation.Owner && !owners.Contains(member.User))
            {
                changes.Add(member with { Affiliation = MucAffiliation.Admin });
            }
            else if (member.Affiliation == MucAffiliation.Admin && !admins.Contains(member.User) && !owners.Contains(member.User))
            {
                changes.Add(member with { Affiliation = MucAffiliation.Member });
            }
        }

        Add(owners, MucAffiliation.Owner);
        Add(admins.Except(owners), MucAffiliation.Admin);
        return changes;

        void Add(IEnumerable<Jid> users, MucAffiliation affiliation)
        {
            foreach (var user in users)
            {
                var known = room.Affiliations.Find(user);
                if (known?.Affiliation != affiliation && !changes.Exists(change => change.User.Equals(user)))
                {
                    changes.Add(new RoomMember(user, affiliation, known?.Nickname, null));
                }
            }
        }
    }

    private static HashSet<Jid> Listed(Room room, DataFormField? field, MucAffiliation affiliation) =>
        field is null
            ? [.. room.Affiliations.With(affiliation).Select(static member => member.User)]
            : [.. field.Values.Select(value => Acting.RequireUser(room, Jid.Parse(value)))];

    private async ValueTask AdaptAsync(RoomTurn turn, RoomConfiguration before)
    {
        var room = turn.Room;
        foreach (var occupant in room.Occupants.All)
        {
            if (room.Configuration.IsMembersOnly && room.Affiliations.Of(occupant.User) < MucAffiliation.Member)
            {
                await departures.RemoveAsync(
                    room, occupant, new PresenceNotice { Statuses = [MucStatus.RemovedByMembersOnly] }, turn.Flush);
            }
            else if (before.IsModerated && !room.Configuration.IsModerated && occupant.Role == MucRole.Visitor)
            {
                // There is nobody without voice any more.
                occupant.Role = MucRole.Participant;
                await presence.AnnounceAsync(room, occupant, PresenceNotice.Plain, turn.Flush);
            }
        }
    }

    // §10.2.1.
    private ValueTask NotifyAsync(RoomTurn turn, RoomConfiguration before)
    {
        var now = turn.Room.Configuration;
        List<int> statuses =
        [
            .. now.IsLogged == before.IsLogged ? [] : new[] { now.IsLogged ? MucStatus.Logged : MucStatus.NotLogged },
            .. now.IsNonAnonymous == before.IsNonAnonymous ? [] : new[] { now.IsNonAnonymous ? MucStatus.NowNonAnonymous : MucStatus.NowSemiAnonymous },
        ];
        var others = now with { IsLogged = before.IsLogged, IsNonAnonymous = before.IsNonAnonymous };
        if (!RoomForm.ToStored(others).HasSameValues(RoomForm.ToStored(before)))
        {
            statuses.Insert(0, MucStatus.ConfigurationChanged);
        }

        if (statuses.Count == 0)
        {
            return ValueTask.CompletedTask;
        }

        var notice = Stanza.Create(
            StanzaKind.Message, StanzaType.GroupChat, turn.Room.Address, null, null, new MucUser { Statuses = statuses }.WriteTo);
        return fanOut.ToAllAsync(turn.Room, notice, turn.Room.Address, turn.Flush);
    }
}
