using Parley.Protocol.Xml;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Adds elements of the room's own to the available presence of occupants, such as hats. What it says has to be the same for all who see it.</summary>
/// <remarks>When it changes, <see cref="Occupant.Encoded"/> is to be set to null, and the presence announced. The elements' namespaces are to be reserved (<see cref="ReservedContent"/>).</remarks>
internal interface IOccupantExtension
{
    void Write(Room room, Occupant occupant, Utf8XmlWriter writer);
}
