using System.Reflection;
using Parley.Protocol;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.TestKit;

namespace Parley.Server.Tests;

/// <summary>As much of presence as the modules for accounts need: it goes with the module that does it all.</summary>
public sealed class StubPresence(Lazy<ModuleRegistry> registry, Lazy<StanzaRouter> router, SessionDirectory sessions) : IXmppModule
{
    private static readonly XmlName Priority = new("priority", Namespaces.Client);

    /// <summary>A server whose clients can be available.</summary>
    public static Task<XmppTestServer> StartServerAsync(Action<XmppServerOptions>? options = null) =>
        XmppTestServer.StartAsync(options, static builder => builder.AddModule<StubPresence>());

    public void Configure(ModuleBuilder module) => module
        .OnOutboundPresence(SendAsync, StanzaType.None, StanzaType.Unavailable)
        .OnInboundPresence(ReceiveAsync, StanzaType.None, StanzaType.Unavailable);

    private async ValueTask SendAsync(ClientSession session, Stanza presence, FlushSet flush, CancellationToken cancellationToken)
    {
        if (presence.To is not null)
        {
            await router.Value.RouteAsync(presence, session, flush, cancellationToken);
            return;
        }

        var priority = sbyte.Parse(presence.Child(Priority)?.Text ?? "0", System.Globalization.CultureInfo.InvariantCulture);
        session.SetPresence(presence.Type == StanzaType.None ? presence : null, priority);
        if (session.IsAvailable && priority >= 0)
        {
            var handlers = (List<SessionHandler>)typeof(ModuleRegistry)
                .GetProperty("Receptive", BindingFlags.NonPublic | BindingFlags.Instance)!
                .GetValue(registry.Value)!;
            foreach (var handler in handlers)
            {
                await handler(session, flush, cancellationToken);
            }
        }
    }

    private ValueTask ReceiveAsync(Stanza presence, FlushSet flush, CancellationToken cancellationToken)
    {
        foreach (var session in Sessions(presence))
        {
            session.Deliver(presence, flush);
        }

        return ValueTask.CompletedTask;
    }

    private IEnumerable<ClientSession> Sessions(Stanza presence) =>
        (sessions.Find(presence.To!.Bare)?.All ?? []).Where(session => session.IsAvailable && (presence.To!.IsBare || presence.To.Equals(session.Jid)));
}
