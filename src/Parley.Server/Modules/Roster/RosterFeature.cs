using Parley.Protocol.Xml;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.Roster;

/// <summary>A stream feature that only says that the server can do something with rosters: versions (RFC 6121 §2.6.1), pre-approval (§3.4.1).</summary>
internal sealed class RosterFeature(XmlName name) : IStreamFeature
{
    public StreamState Requires => StreamState.Authenticated;

    public StreamState Forbids => StreamState.Bound;

    public void Advertise(ClientStream stream, Utf8XmlWriter features) => features.Start(name).End();
}
