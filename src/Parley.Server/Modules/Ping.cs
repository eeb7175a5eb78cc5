using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Routing;

namespace Parley.Server.Modules;

/// <summary>XMPP Ping (XEP-0199 2.0.1) of a hosted domain, and of one's own account; a full JID's ping goes to its client.</summary>
public sealed class PingModule : IXmppModule
{
    private static readonly XmlName Ping = new("ping", "urn:xmpp:ping");

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0199", "2.0.1", "XMPP Ping")
        .OnIqGet(Ping, EntityKind.Server, static (request, _) => new(request.Result()))
        .OnIqGet(Ping, EntityKind.Account, static (request, _) => Own(request));

    // An answer would tell that the account exists.
    private static ValueTask<Stanza> Own(IqRequest request)
    {
        request.RequireOwn();
        return new(request.Result());
    }
}
