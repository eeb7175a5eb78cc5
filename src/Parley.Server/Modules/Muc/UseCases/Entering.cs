using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Available presence: a client enters a room (XEP-0045 §7.2), or says something new in it (§7.6, §7.7).</summary>
internal sealed class Entering(
    EntryRules rules,
    RoomCreation creation,
    RoomRates rates,
    RoomPresence presence,
    RoomIntroduction introduction,
    PresenceChange change,
    NicknameChange nicknames,
    ReservedContent reserved,
    OccupantIds ids,
    JoinedRooms joined,
    RoomFanOut fanOut,
    DomainTable domains,
    SessionDirectory sessions,
    Lazy<StanzaRouter> router) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers
        .OnPresence(StanzaType.None, HandleAsync)
        .Feature(OccupantId.Namespace);

    private ValueTask HandleAsync(RoomTurn turn, CancellationToken cancellationToken)
    {
        if (!turn.To.HasResource)
        {
            throw new StanzaException(StanzaErrorCondition.JidMalformed, "A nickname is needed.");
        }

        var enter = turn.Stanza.Child(MucEnter.Name) is { } element ? MucEnter.Parse(element) : null;
        if (turn.Session is { } session)
        {
            // A client of the same address may be another by now.
            Attach(turn, session);
            return !turn.To.Equals(session.Occupant.Address) && !IsSameNickname(turn, session, enter) ? nicknames.HandleAsync(turn, session)
                : enter is null ? change.HandleAsync(turn, session)
                : AgainAsync(turn, session, enter);
        }

        return enter is null
            ? router.Value.AnswerAsync(turn.Delivery, RoomNotices.NotInRoom(turn.Stanza), cancellationToken)
            : EnterAsync(turn, enter, cancellationToken);
    }

    private async ValueTask EnterAsync(RoomTurn turn, MucEnter enter, CancellationToken cancellationToken)
    {
        var (room, user) = (turn.Room, turn.From.Bare);
        await ids.PrepareAsync(room.Address.DomainJid, cancellationToken);
        var isCreation = room.IsNew;
        if (isCreation)
        {
            await creation.BeginAsync(room, user, cancellationToken);
        }

        EntryRules.Require(room, user, enter);
        EntryRules.RequireClient(room, user);
        var address = rules.RequireNickname(room, user, EntryRules.HeldTo(room, user) ?? turn.To, out _);
        var affiliation = room.Affiliations.Of(user);
        var occupant = room.Occupants.Like(address.Resource!);
        if (occupant is null)
        {
            EntryRules.RequireSeat(room, affiliation);
            occupant = new Occupant(address, user, room.Voices.RoleOf(room, user), ids.Of(room.Address, user));
        }

        var isFirst = occupant.Sessions.Length == 0;
        var session = new OccupantSession(occupant, turn.From, LocalOf(turn))
        {
            Rates = rates.RequireEntry(room, user),
            Presence = reserved.CleanPresence(room, turn.Stanza),
            Priority = PresenceChange.PriorityOf(turn.Stanza),
            Turn = room.NextTurn(),
        };
        joined.Add(session, room);
        room.Occupants.Add(session);
        Introduce(turn, session);

        var notice = new PresenceNotice
        {
            Origin = session,
            OriginId = turn.Stanza.IdText,
            OriginStatuses =
            [
                .. Warnings(room),
                .. isCreation ? [MucStatus.Created] : Array.Empty<int>(),
                .. !turn.To.Equals(occupant.Address) ? [MucStatus.NicknameAssigned] : Array.Empty<int>(),
            ],
        };

        await presence.IntroduceAsync(room, session, turn.Flush);
        if (isFirst || ReferenceEquals(occupant.Shown, session))
        {
            occupant.Encoded = null;
            await presence.AnnounceAsync(room, occupant, notice, turn.Flush);
        }
        else
        {
            await presence.ToSelfAsync(room, session, notice, turn.Flush);
        }

        await introduction.SendAsync(room, session, enter.History, turn.Flush);
    }

    // Out of step, it gets all that it would get if it entered now (XEP-0045 §7.2.1, §16.3).
    private async ValueTask AgainAsync(RoomTurn turn, OccupantSession session, MucEnter enter)
    {
        var room = turn.Room;
        rates.RequirePresence(session);
        Introduce(turn, session);
        await presence.IntroduceAsync(room, session, turn.Flush);
        await change.ApplyAsync(turn, session, Warnings(room));
        await introduction.SendAsync(room, session, enter.History, turn.Flush);
    }

    // The room goes on while the client reads.
    private void Introduce(RoomTurn turn, OccupantSession session)
    {
        RoomFanOut.HoldBack(session);
        turn.Afterwards = () => fanOut.CatchUpAsync(session, turn.Flush);
    }

    private void Attach(RoomTurn turn, OccupantSession session)
    {
        if (LocalOf(turn) is { } local && !ReferenceEquals(local, session.Local))
        {
            session.Local = local;
            joined.Attach(local, turn.Room);
        }
    }

    private ClientSession? LocalOf(RoomTurn turn) =>
        turn.Delivery.Sender ?? (domains.TryFind(turn.From.DomainJid, out var target) && target.HasAccounts ? sessions.Find(turn.From.Bare)?.Find(turn.From) : null);

    // A client that asks to enter again does not ask for another nickname than it was given.
    private static bool IsSameNickname(RoomTurn turn, OccupantSession session, MucEnter? enter) =>
        turn.To.Resource!.Trim() == session.Occupant.Nickname || (enter is not null && EntryRules.HeldTo(turn.Room, turn.From) is not null);

    private static IReadOnlyList<int> Warnings(Room room) =>
    [
        .. room.Configuration.IsNonAnonymous ? [MucStatus.NonAnonymous] : Array.Empty<int>(),
        .. room.Configuration.IsLogged ? [MucStatus.Logged] : Array.Empty<int>(),
    ];
}
