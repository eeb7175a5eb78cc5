using Parley.Protocol.Addressing;

namespace Parley.Server.Modules.Muc;

/// <summary>Where rooms are, for what tells clients of it beside XMPP.</summary>
public interface IRoomServices
{
    /// <summary>The services that a hosted domain lists (XEP-0045 §6.1), in the order in which it does; none where there are no rooms.</summary>
    IEnumerable<Jid> Of(Jid host);
}
