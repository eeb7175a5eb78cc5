using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Server.Modules.Muc;

/// <summary>Requests to the addresses of occupants from those who are not in the room.</summary>
internal static class OccupantRequests
{
    /// <summary>What they get: the same whether there is such an occupant, or such a room (XEP-0045 §6.6, XEP-0410 §3.2).</summary>
    internal static StanzaException FromOutside(Stanza request)
    {
        var payload = request.Children[0];
        return IsDisco(payload, DiscoInfo.Name) || IsDisco(payload, DiscoItems.Name)
            ? new StanzaException(StanzaErrorCondition.BadRequest, "You are not in the room.")
            : new StanzaException(new StanzaError(StanzaErrorCondition.NotAcceptable, StanzaErrorType.Cancel, "You are not in the room."));
    }

    private static bool IsDisco(StanzaChild payload, XmlName name) => payload.Is(name.LocalUtf8, name.NamespaceUtf8);
}
