using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Users become members, with a nickname that is theirs, and are so no more (XEP-0045 §7.10, with XEP-0077).</summary>
internal sealed class RoomRegistration(
    AffiliationChange affiliations, EntryRules rules, RegistrationApproval approval, IOptions<MucOptions> options) : IRoomUseCase
{
    private const string Namespace = "jabber:iq:register";

    // One place in so many: who registers leaves it to admins, or a flood of members would keep them from banning anybody.
    private const int KeptForAdmins = 4;
    private static readonly XmlName Query = new("query", Namespace);

    public void Configure(RoomHandlers handlers)
    {
        handlers.OnIq(StanzaType.Get, Query, GetAsync).OnIq(StanzaType.Set, Query, SetAsync);
        if (options.Value.Registration != RoomRegistrationPolicy.None)
        {
            handlers.Feature(Namespace).Feature(RoomRegistrationForm.FormType);
        }
    }

    private ValueTask<Stanza> GetAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        RequireAllowed(turn);
        var nickname = turn.Room.Affiliations.Find(turn.From)?.Nickname;
        return new(turn.Stanza.Result(writer =>
        {
            writer.Start(Query);
            if (nickname is not null)
            {
                writer.Element("registered").Element("username", null, nickname);
            }

            writer.Element("instructions", null, "Fill in the form to become a member of the room.");
            RoomRegistrationForm.Form(nickname).WriteTo(writer);
            writer.End();
        }));
    }

    private async ValueTask<Stanza> SetAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        RequireAllowed(turn);
        if (payload.Child("remove", Namespace) is not null)
        {
            await RemoveAsync(turn, payload);
        }
        else if (Submitted(payload) is { } submitted)
        {
            await RegisterAsync(turn, submitted);
        }

        return turn.Stanza.Result();
    }

    private void RequireAllowed(RoomTurn turn)
    {
        if (options.Value.Registration == RoomRegistrationPolicy.None)
        {
            throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);
        }

        if (turn.Room.IsLocked)
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound, "The room is not configured yet.");
        }

        if (turn.Room.Affiliations.Of(turn.From) == MucAffiliation.Outcast)
        {
            throw new StanzaException(StanzaErrorCondition.NotAllowed, "You are banned from the room.");
        }
    }

    // Null where the user has thought better of it.
    private static DataForm? Submitted(XmlElement payload)
    {
        if (DataForm.In(payload) is not { } form || (form.FormType is { } type && type != RoomRegistrationForm.FormType))
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "The form of the room is needed.");
        }

        if (form.Type == DataFormType.Cancel)
        {
            return null;
        }

        try
        {
            return RoomRegistrationForm.Form().Accept(form);
        }
        catch (StanzaException invalid)
        {
            // Whatever is wrong with it (§7.10).
            throw new StanzaException(StanzaErrorCondition.BadRequest, invalid.Error.Text);
        }
    }

    private ValueTask RegisterAsync(RoomTurn turn, DataForm submitted)
    {
        var (room, user) = (turn.Room, turn.From.Bare);
        var nickname = RequireNickname(room, user, submitted.Text(RoomRegistrationForm.Nickname));
        if (room.Affiliations.Find(user) is null && room.Affiliations.All.Count >= options.Value.MaxAffiliations - (options.Value.MaxAffiliations / KeptForAdmins))
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, "The room has as many members as it may have.");
        }

        return NeedsApproval(turn)
            ? approval.AskAsync(turn, submitted)
            : ChangeAsync(turn, Registered(room, user, nickname));
    }

    // What is answered is kept; the occupants hear of it behind the answer.
    private async ValueTask ChangeAsync(RoomTurn turn, RoomMember member)
    {
        var concerned = await affiliations.SetAsync(turn.Room, [member]);
        turn.AfterAnswer = async () =>
        {
            foreach (var occupant in concerned)
            {
                await affiliations.TellAsync(turn.Room, occupant, PresenceNotice.Plain, turn.Flush);
            }
        };
    }

    /// <summary>A nickname that a user may have as his own.</summary>
    /// <exception cref="StanzaException">bad-request: it is none; not-acceptable: too long, invisible, or not the one that he has to use; conflict: it is somebody else's.</exception>
    internal string RequireNickname(Room room, Jid user, string? nickname) =>
        nickname is { Length: > 0 } && Jid.TryCreate(room.Address.Local, room.Address.Domain, nickname, out var asked)
            ? rules.RequireNickname(room, user, asked, out _).Resource!
            : throw new StanzaException(StanzaErrorCondition.BadRequest, "A nickname is needed.");

    /// <summary>The user as he is known once he is registered: a member, or what he was above that.</summary>
    internal static RoomMember Registered(Room room, Jid user, string nickname) => new(
        user,
        room.Affiliations.Find(user) is { Affiliation: >= MucAffiliation.Member } known ? known.Affiliation : MucAffiliation.Member,
        nickname,
        room.Affiliations.Find(user)?.Reason);

    // Members enter, are without the password's secret known by name, and have voice: where not everybody may, it is not his to take.
    private bool NeedsApproval(RoomTurn turn)
    {
        var configuration = turn.Room.Configuration;
        return turn.Room.Affiliations.Of(turn.From) < MucAffiliation.Member
            && (options.Value.Registration == RoomRegistrationPolicy.Approved
                || configuration.IsMembersOnly || configuration.IsModerated || configuration.Password is not null);
    }

    private ValueTask RemoveAsync(RoomTurn turn, XmlElement payload)
    {
        if (payload.ChildCount != 1)
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "<remove/> stands alone.");
        }

        // XEP-0077 §3.2.
        if (turn.Room.Affiliations.Find(turn.From) is not { } known || (known.Nickname is null && known.Affiliation != MucAffiliation.Member))
        {
            throw new StanzaException(StanzaErrorCondition.RegistrationRequired, "You are not registered with the room.");
        }

        var after = known.Affiliation == MucAffiliation.Member ? MucAffiliation.None : known.Affiliation;
        return ChangeAsync(turn, known with { Affiliation = after, Nickname = null });
    }
}
