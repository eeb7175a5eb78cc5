using System.Security.Cryptography;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Routing;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.Blocking;

/// <summary>Blocking Command (XEP-0191 1.3): what a blocked address sends is not delivered, and what is written to it does not leave.</summary>
/// <remarks>An account blocks 1,000 addresses at most. An account's own resources are never blocked from each other, whatever the list says (§4).</remarks>
internal sealed class BlockingModule(BlockLists lists, BlockedPresence presence) : IXmppModule
{
    private const int MaxItems = 1000;
    private const string Namespace = "urn:xmpp:blocking";
    private static readonly XmlName List = new("blocklist", Namespace);
    private static readonly XmlName Block = new("block", Namespace);
    private static readonly XmlName Unblock = new("unblock", Namespace);
    private static readonly XmlName Item = new("item", Namespace);
    private static readonly StanzaError Blocked = new(StanzaErrorCondition.NotAcceptable, StanzaErrorType.Cancel)
    {
        ApplicationCondition = new("blocked", "urn:xmpp:blocking:errors"),
    };

    private SessionSlot<object> _interested = null!;

    public void Configure(ModuleBuilder module)
    {
        _interested = module.SessionMark("blocking");
        module
            .Implements("XEP-0191", "1.3", "Blocking Command")
            .OnIqGet(List, EntityKind.Account, ListAsync)
            .OnIqSet(Block, EntityKind.Account, BlockAsync)
            .OnIqSet(Unblock, EntityKind.Account, UnblockAsync)
            .Feature(Namespace, EntityKind.Server)
            .AtStage(Stage.PreRoute, Outbound)
            .AtStage(Stage.PreRoute, Inbound)
            .OnAccountRemoved(Forget);
    }

    private async ValueTask<Stanza> ListAsync(IqRequest request, CancellationToken cancellationToken)
    {
        request.RequireOwn();
        request.Session?.Set(_interested, this);
        var list = await lists.GetAsync(request.To, cancellationToken);
        return request.Result(writer => Write(writer, List, list.Items));
    }

    private async ValueTask<Stanza> BlockAsync(IqRequest request, CancellationToken cancellationToken)
    {
        request.RequireOwn();
        var items = Items(request.Payload);
        if (items.Count == 0)
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "<block/> needs an <item/>.");
        }

        var present = await lists.GetAsync(request.To, cancellationToken);
        var added = items.Where(item => !present.Contains(item)).ToArray();
        if (present.Items.Count + added.Length > MaxItems)
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, $"An account blocks {MaxItems} addresses at most.");
        }

        // While it still may be sent.
        await presence.LeaveAsync(request.To, BlockList.Of(added), request.Flush, cancellationToken);
        await lists.AddAsync(request.To, added, cancellationToken);
        request.Afterwards = () => Push(request, Block, items);
        return request.Result();
    }

    private async ValueTask<Stanza> UnblockAsync(IqRequest request, CancellationToken cancellationToken)
    {
        request.RequireOwn();
        var items = Items(request.Payload);
        if (items.Count == 0 && request.Payload.HasChildren)
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "<unblock/> takes <item/> elements, or nothing.");
        }

        var present = await lists.GetAsync(request.To, cancellationToken);
        var removed = items.Count == 0 ? present.Items : [.. items.Where(present.Contains)];
        if (removed.Count > 0)
        {
            await lists.RemoveAsync(request.To, removed, cancellationToken);
            await presence.ReturnAsync(request.To, BlockList.Of(removed), request.Flush, cancellationToken);
        }

        request.Afterwards = () => Push(request, Unblock, items);
        return request.Result();
    }

    private ValueTask<Verdict> Outbound(Delivery delivery, CancellationToken cancellationToken) =>
        delivery.SenderAccount is not { } account || lists.IsKnownBlocked(account, delivery.Stanza.To!) == false
            ? new(Verdict.Continue)
            : RefuseBlockedAsync(account, delivery.Stanza.To!, cancellationToken);

    private async ValueTask<Verdict> RefuseBlockedAsync(Jid account, Jid recipient, CancellationToken cancellationToken) =>
        await lists.IsBlockedAsync(account, recipient, cancellationToken) ? throw new StanzaException(Blocked) : Verdict.Continue;

    private ValueTask<Verdict> Inbound(Delivery delivery, CancellationToken cancellationToken) =>
        delivery.RecipientAccount is not { } account || delivery.Stanza.From is not { } sender || lists.IsKnownBlocked(account, sender) == false
            ? new(Verdict.Continue)
            : DropBlockedAsync(account, sender, delivery.Stanza, cancellationToken);

    // The account looks as if it were offline: requests and messages are refused, all else vanishes.
    private async ValueTask<Verdict> DropBlockedAsync(Jid account, Jid sender, Stanza stanza, CancellationToken cancellationToken) =>
        !await lists.IsBlockedAsync(account, sender, cancellationToken) ? Verdict.Continue
        : stanza.Kind == StanzaKind.Message || stanza.IsRequest ? throw new StanzaException(StanzaErrorCondition.ServiceUnavailable)
        : Verdict.Stop;

    private ValueTask Forget(Jid account, FlushSet flush, CancellationToken cancellationToken)
    {
        lists.Forget(account);
        return ValueTask.CompletedTask;
    }

    private void Push(IqRequest request, XmlName command, IReadOnlyList<Jid> items)
    {
        foreach (var session in request.Session?.Account.All ?? [])
        {
            if (session.Get(_interested) is not null)
            {
                var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
                session.Deliver(
                    Stanza.Create(StanzaKind.Iq, StanzaType.Set, request.To, session.Jid, id, writer => Write(writer, command, items)),
                    request.Flush);
            }
        }
    }

    private static List<Jid> Items(XmlElement command)
    {
        var items = new OrderedDictionary<Jid, Jid>();
        foreach (var child in command.Children)
        {
            if (child.Is(Item) && child.RequiredJid() is var jid && items.TryAdd(jid, jid) && items.Count > MaxItems)
            {
                throw new StanzaException(StanzaErrorCondition.ResourceConstraint, $"An account blocks {MaxItems} addresses at most.");
            }
        }

        return [.. items.Keys];
    }

    private static void Write(Utf8XmlWriter writer, XmlName name, IReadOnlyList<Jid> items)
    {
        writer.Start(name);
        foreach (var item in items)
        {
            writer.Start(Item).Attribute("jid", item.ToString()).End();
        }

        writer.End();
    }
}
