using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Makes rooms, for those who may (XEP-0045 §10.1.1).</summary>
internal sealed class RoomCreation(RoomDirectory directory, MucAdmins admins, DomainTable domains, IOptions<MucOptions> options, TimeProvider time)
{
    /// <summary>A room that nobody is in yet, with the configuration that all have at first.</summary>
    internal Room Make(Jid address, Jid creator) => new(
        address,
        options.Value.Configuration,
        new Affiliations([], admins.All),
        new RoomHistory(address, options.Value.MaxHistoryLimit))
    {
        IsNew = true,
        CreatedBy = creator.Bare,
    };

    /// <summary>Gives a new room to who enters it first, and locks it until he has configured it.</summary>
    /// <exception cref="StanzaException">not-allowed: he may create none; resource-constraint: there are too many.</exception>
    internal async ValueTask BeginAsync(Room room, Jid creator, CancellationToken cancellationToken)
    {
        var owner = creator.Bare;
        if (!MayCreate(owner))
        {
            // Who is told has most often mistyped the name of a room that there is.
            throw new StanzaException(StanzaErrorCondition.NotAllowed, $"There is no such room, and only {Creators} may create rooms.");
        }

        await directory.RequireSpaceAsync(room.Address.DomainJid, owner, cancellationToken);
        room.Affiliations.Set(new RoomMember(owner, MucAffiliation.Owner, null, null));
        (room.LockedBy, room.LockedSince) = (owner, time.GetTimestamp());
        room.IsNew = false;
    }

    /// <summary>Whether a user may create rooms at all.</summary>
    /// <exception cref="StanzaException">not-allowed: he may not.</exception>
    internal void RequireCreator(Jid user)
    {
        if (!MayCreate(user))
        {
            throw new StanzaException(StanzaErrorCondition.NotAllowed, $"Only {Creators} may create rooms.");
        }
    }

    private string Creators => options.Value.WhoMayCreate == RoomCreators.Local ? "accounts of this server" : "admins of the service";

    private bool MayCreate(Jid user) => admins.All.Contains(user) || options.Value.WhoMayCreate switch
    {
        RoomCreators.Everybody => true,
        RoomCreators.Local => domains.TryFind(user.DomainJid, out var target) && target.HasAccounts,
        _ => false,
    };
}
