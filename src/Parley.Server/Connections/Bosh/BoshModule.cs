using Parley.Server.Routing;

namespace Parley.Server.Connections.Bosh;

/// <summary>What BOSH implements; it is served where an application maps it.</summary>
internal sealed class BoshModule : IXmppModule
{
    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0124", "1.11.2", "Bidirectional-streams Over Synchronous HTTP (BOSH): all but multiple streams in one session")
        .Implements("XEP-0206", "1.4", "XMPP Over BOSH");
}
