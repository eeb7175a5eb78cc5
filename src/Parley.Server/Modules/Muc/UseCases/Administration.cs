using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>What moderators, admins and owners ask of a room about its occupants and users (XEP-0045 §8, §9, §10.3 to §10.8): lists, and changes of roles or of affiliations.</summary>
internal sealed class Administration(RoleAdministration roles, AffiliationAdministration affiliations) : IRoomUseCase
{
    // Each may make the room write to another server.
    private const int MaxChanges = 256;

    public void Configure(RoomHandlers handlers) => handlers
        .OnIq(StanzaType.Get, MucAdmin.Name, GetAsync)
        .OnIq(StanzaType.Set, MucAdmin.Name, SetAsync);

    private static ValueTask<Stanza> GetAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        RequireUnlocked(turn);
        var asked = MucAdmin.Parse(payload).Items;
        var list = asked is not [var item] ? throw new StanzaException(StanzaErrorCondition.BadRequest, "One list at a time.")
            : item switch
            {
                { Role: { } role, Affiliation: null } => RoomLists.OfRole(turn, role),
                { Role: null, Affiliation: { } affiliation } => RoomLists.OfAffiliation(turn, affiliation),
                _ => throw new StanzaException(StanzaErrorCondition.BadRequest, "A list is of a role or of an affiliation."),
            };
        return new(turn.Stanza.Result(new MucAdmin(list).WriteTo));
    }

    private async ValueTask<Stanza> SetAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        RequireUnlocked(turn);
        RequireAddresses(payload);
        var items = MucAdmin.Parse(payload).Items;
        if (items.Count > MaxChanges)
        {
            throw new StanzaException(StanzaErrorCondition.PolicyViolation, $"A request changes {MaxChanges} users at most.");
        }

        if (items.All(static item => item is { Role: not null, Affiliation: null }))
        {
            return roles.Change(turn, items);
        }

        if (items.All(static item => item is { Role: null, Affiliation: not null }))
        {
            await affiliations.ChangeAsync(turn, items, cancellationToken);
        }
        else
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "A request changes roles or affiliations: each item says one of them.");
        }

        return turn.Stanza.Result();
    }

    // An address that is empty is not one that is malformed, but one that is missing.
    private static void RequireAddresses(XmlElement payload)
    {
        foreach (var child in payload.Children)
        {
            if (child.Attribute("jid") is { Length: 0 })
            {
                throw new StanzaException(StanzaErrorCondition.BadRequest, "The attribute 'jid' is empty.");
            }
        }
    }

    private static void RequireUnlocked(RoomTurn turn)
    {
        if (turn.Room.LockedBy is { } creator && !turn.From.BareEquals(creator))
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound);
        }
    }
}
