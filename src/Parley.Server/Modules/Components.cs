using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Server.Modules.Disco;
using Parley.Server.Routing;
using Parley.Server.Sessions.Components;

namespace Parley.Server.Modules;

/// <summary>External components (XEP-0114 1.6) in service discovery: a hosted domain lists those that are connected.</summary>
/// <remarks>A component under a hosted domain (<c>irc.example.org</c> under <c>example.org</c>) is an item of that one, any other of every hosted domain.</remarks>
public sealed class ComponentsModule(ComponentTable components, DomainTable domains) : IXmppModule, IDiscoExtension
{
    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0114", "1.6.0", "Jabber Component Protocol")
        .ExtendDisco(this);

    public ValueTask<IReadOnlyList<DiscoItem>> ItemsAsync(IqRequest request, CancellationToken cancellationToken) =>
        new(request.Entity == EntityKind.Server ? [.. Of(request.To.DomainJid)] : []);

    private IEnumerable<DiscoItem> Of(Jid host) =>
        from component in components.All
        where component.IsConnected && (HostOf(component.Domain) ?? host).Equals(host)
        orderby component.Domain.Domain
        select new DiscoItem(component.Domain);

    // The nearest domain above it that has accounts here.
    private Jid? HostOf(Jid component)
    {
        var name = component.Domain;
        for (var dot = name.IndexOf('.'); dot >= 0; dot = name.IndexOf('.'))
        {
            name = name[(dot + 1)..];
            if (Jid.TryCreate(null, name, null, out var above) && domains.TryFind(above, out var target) && target.HasAccounts)
            {
                return above;
            }
        }

        return null;
    }
}
