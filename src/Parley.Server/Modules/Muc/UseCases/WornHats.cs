using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Shows an occupant's hats in his presence (XEP-0317 §3.1).</summary>
internal sealed class WornHats : IOccupantExtension
{
    public void Write(Room room, Occupant occupant, Utf8XmlWriter writer)
    {
        if (room.Hats.Of(occupant.User) is { Count: > 0 } worn)
        {
            new Hats(worn).WriteTo(writer);
        }
    }
}
