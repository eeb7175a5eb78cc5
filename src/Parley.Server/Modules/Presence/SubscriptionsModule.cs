using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Modules.Roster;
using Parley.Server.Routing;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.Presence;

/// <summary>Presence subscriptions, with pre-approval (RFC 6121 §3).</summary>
internal sealed class SubscriptionsModule(Subscriptions subscriptions) : IXmppModule
{
    private static readonly XmlName PreApproval = new("sub", "urn:xmpp:features:pre-approval");
    private static readonly StanzaType[] Types = [StanzaType.Subscribe, StanzaType.Subscribed, StanzaType.Unsubscribe, StanzaType.Unsubscribed];

    public void Configure(ModuleBuilder module) => module
        .StreamFeature(new RosterFeature(PreApproval))
        .OnOutboundPresence(SendAsync, Types)
        .OnInboundPresence(ReceiveAsync, Types)
        .OnAccountRemoving(subscriptions.CancelAllAsync);

    // What has begun is finished, whatever becomes of the connection: a state that is stored and not told would stay so.
    private ValueTask SendAsync(ClientSession session, Stanza presence, FlushSet flush, CancellationToken cancellationToken) =>
        subscriptions.SendAsync(session, presence, flush, CancellationToken.None);

    private ValueTask ReceiveAsync(Stanza presence, FlushSet flush, CancellationToken cancellationToken) =>
        subscriptions.ReceiveAsync(presence, flush, CancellationToken.None);
}
