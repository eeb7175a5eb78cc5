using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Modules.Presence;
using Parley.Server.Routing;
using Parley.Server.Sessions.Components;

namespace Parley.Server.Modules.Privileges;

/// <summary>Which component may do what in the name of accounts: rosters, pushes and presence come of it by themselves.</summary>
internal sealed class Permissions(ComponentTable components, IOptions<XmppServerOptions> options) : IRosterPrivileges, IAvailabilityObserver
{
    internal const string Namespace = "urn:xmpp:privilege:2";
    private static readonly ComponentPrivileges Nothing = new();
    private readonly ComponentDomain[] _rosterObservers = Those(components, options, static may => may is { Roster: RosterAccess.Get or RosterAccess.Both, RosterPushes: true });
    private readonly ComponentDomain[] _presenceObservers = Those(components, options, static may => may.Presence);

    /// <summary>What an entity may, as a component or an address of one; null when it is neither.</summary>
    internal ComponentPrivileges? Of(Jid? entity) =>
        entity is not null && components.TryFind(entity.DomainJid, out var component) ? Of(component) : null;

    internal ComponentPrivileges Of(ComponentDomain component) => options.Value.Components[component.Domain.Domain].Privileges ?? Nothing;

    public bool IsPermitted(IqRequest request) => request.Session is null && Of(request.From) is { } may && request.Stanza.Type switch
    {
        StanzaType.Get => may.Roster is RosterAccess.Get or RosterAccess.Both,
        StanzaType.Set => may.Roster is RosterAccess.Set or RosterAccess.Both,
        _ => false,
    };

    public void Push(Jid account, Func<Stanza> push, FlushSet flush)
    {
        foreach (var component in _rosterObservers)
        {
            if (component.IsConnected)
            {
                component.TryDeliver(push().WithAddresses(account, component.Domain), flush);
            }
        }
    }

    public void Changed(Stanza presence, FlushSet flush)
    {
        foreach (var component in _presenceObservers)
        {
            component.TryDeliver(presence.WithAddresses(presence.From, component.Domain), flush);
        }
    }

    /// <summary>What a hosted domain says of a component's permissions; null where there are none (§4.2, §5.2, §6.2, §7.2).</summary>
    internal Stanza? Advertisement(Jid host, ComponentDomain component)
    {
        var may = Of(component);
        if (may is { Roster: RosterAccess.None, Messages: false, IqGet.Count: 0, IqSet.Count: 0, Presence: false })
        {
            return null;
        }

        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        return Stanza.Create(StanzaKind.Message, StanzaType.None, host, component.Domain, id, writer =>
        {
            writer.Start("privilege", Namespace);
            if (may.Roster != RosterAccess.None)
            {
                var pushes = may is { RosterPushes: true, Roster: not RosterAccess.Set };
                Permission(writer, "roster", may.Roster.ToString().ToLowerInvariant()).Attribute("push", pushes ? "true" : "false").End();
            }

            if (may.Messages)
            {
                Permission(writer, "message", "outgoing").End();
            }

            if (may.IqGet.Count + may.IqSet.Count > 0)
            {
                Namespaces(Permission(writer, "iq", null), may);
            }

            if (may.Presence)
            {
                Permission(writer, "presence", "managed_entity").End();
            }

            writer.End();
        });
    }

    private static Utf8XmlWriter Permission(Utf8XmlWriter writer, string access, string? type) =>
        writer.Start("perm").Attribute("access", access).Attribute("type", type);

    private static void Namespaces(Utf8XmlWriter writer, ComponentPrivileges may)
    {
        foreach (var name in may.IqGet.Union(may.IqSet, StringComparer.Ordinal))
        {
            var type = !may.IqSet.Contains(name) ? "get" : !may.IqGet.Contains(name) ? "set" : "both";
            writer.Start("namespace").Attribute("ns", name).Attribute("type", type).End();
        }

        writer.End();
    }

    private static ComponentDomain[] Those(ComponentTable components, IOptions<XmppServerOptions> options, Predicate<ComponentPrivileges> may) =>
        [.. components.All.Where(component => options.Value.Components[component.Domain.Domain].Privileges is { } privileges && may(privileges))];
}
