using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Disco;

/// <summary>Service discovery of the hosted domains and, on their behalf, of accounts (XEP-0030 2.5), extended with forms (XEP-0128 1.0).</summary>
public sealed class DiscoModule(
    Lazy<ModuleRegistry> registry,
    EntityDescription description,
    IAccountVisibility visibility,
    SessionDirectory sessions) : IXmppModule
{
    private const EntityKind Both = EntityKind.Server | EntityKind.Account;

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0030", "2.5.0", "Service Discovery")
        .Implements("XEP-0128", "1.0.1", "Service Discovery Extensions")
        .Implements("XEP-0004", "2.13.2", "Data Forms")
        .Implements("XEP-0068", "1.3.0", "Field Standardization for Data Forms")
        .OnIqGet(DiscoInfo.Name, Both, InfoAsync)
        .OnIqGet(DiscoItems.Name, Both, ItemsAsync)
        .EvenForNoAccount(DiscoItems.Name);

    private async ValueTask<Stanza> InfoAsync(IqRequest request, CancellationToken cancellationToken)
    {
        if (request.Entity == EntityKind.Account && !await visibility.IsVisibleAsync(request.To, request.From, cancellationToken))
        {
            throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);
        }

        var info = NodeOf(request) is { } node ? await NodeInfoAsync(request, node, cancellationToken)
            : request.Entity == EntityKind.Server ? description.OfServer(request.To.DomainJid)
            : description.OfAccount(request.To);
        return request.Result(info.WriteTo);
    }

    // Whoever may not see the account gets what one that does not exist gives, with a node or without: nothing (XEP-0030 §8).
    private async ValueTask<Stanza> ItemsAsync(IqRequest request, CancellationToken cancellationToken)
    {
        var node = NodeOf(request);
        if (request.Entity == EntityKind.Account && !await visibility.IsVisibleAsync(request.To, request.From, cancellationToken))
        {
            return request.Result(new DiscoItems([], node).WriteTo);
        }

        var items = node is null ? await OwnItemsAsync(request, cancellationToken) : await NodeItemsAsync(request, node, cancellationToken);
        return request.Result(items.WriteTo);
    }

    private async ValueTask<DiscoItems> OwnItemsAsync(IqRequest request, CancellationToken cancellationToken)
    {
        var items = new List<DiscoItem>();
        if (request.Entity == EntityKind.Account && sessions.Find(request.To) is { } account)
        {
            items.AddRange(account.All.Where(session => session.IsAvailable).Select(session => new DiscoItem(session.Jid)));
        }

        foreach (var extension in registry.Value.DiscoExtensions)
        {
            items.AddRange(await extension.ItemsAsync(request, cancellationToken));
        }

        return new DiscoItems(items);
    }

    private async ValueTask<DiscoInfo> NodeInfoAsync(IqRequest request, string node, CancellationToken cancellationToken)
    {
        foreach (var extension in registry.Value.DiscoExtensions)
        {
            if (await extension.NodeInfoAsync(request, node, cancellationToken) is { } info)
            {
                return info with { Node = node };
            }
        }

        throw new StanzaException(StanzaErrorCondition.ItemNotFound);
    }

    private async ValueTask<DiscoItems> NodeItemsAsync(IqRequest request, string node, CancellationToken cancellationToken)
    {
        foreach (var extension in registry.Value.DiscoExtensions)
        {
            if (await extension.NodeItemsAsync(request, node, cancellationToken) is { } items)
            {
                return items with { Node = node };
            }
        }

        throw new StanzaException(StanzaErrorCondition.ItemNotFound);
    }

    // The value of a node must not be empty (XEP-0030 §4.2).
    private static string? NodeOf(IqRequest request) =>
        request.Payload.Attribute("node") is null ? null : request.Payload.RequiredAttribute("node");
}
