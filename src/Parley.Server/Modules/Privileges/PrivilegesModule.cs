using Microsoft.Extensions.Options;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Sessions.Components;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Privileges;

/// <summary>Privileged entities (XEP-0356 0.4.1): components that the configuration lets act in the name of accounts. Presence of type <c>roster</c> is not granted.</summary>
internal sealed class PrivilegesModule(
    Permissions permissions,
    AwaitedReplies awaited,
    DomainTable domains,
    SessionDirectory sessions,
    IAccountStore accounts,
    IOptions<XmppServerOptions> options,
    Lazy<StanzaRouter> router) : IXmppModule
{
    private static readonly XmlName Privilege = new("privilege", Permissions.Namespace);
    private static readonly XmlName PrivilegedIq = new("privileged_iq", Permissions.Namespace);

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0356", "0.4.1", "Privileged Entity")
        .OnComponentConnected(GreetAsync)
        .AtStage(Stage.PreRoute, LookAsync);

    // §4.2; and whoever is there already (§8, rule 1).
    private ValueTask GreetAsync(ComponentDomain component, FlushSet flush, CancellationToken cancellationToken)
    {
        foreach (var host in options.Value.DomainJids)
        {
            if (permissions.Advertisement(host, component) is { } advertisement)
            {
                component.TryDeliver(advertisement, flush);
            }
        }

        if (permissions.Of(component).Presence)
        {
            foreach (var session in sessions.Accounts.SelectMany(static account => account.All))
            {
                if (session.Presence is { } presence)
                {
                    component.TryDeliver(presence.WithAddresses(session.Jid, component.Domain), flush);
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    private ValueTask<Verdict> LookAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var stanza = delivery.Stanza;
        return delivery.Sender is not null || delivery.SenderAccount is not null || permissions.Of(stanza.From) is not { } may ? new(Verdict.Continue)
            : stanza.IsRequest && stanza.Child(PrivilegedIq) is { } wrapped ? EndAsync(RequestAsync(delivery, may, wrapped, cancellationToken))
            : stanza is { Kind: StanzaKind.Message, IsError: false, To.IsDomain: true } && IsHosted(stanza.To) && stanza.Child(Privilege) is { } privilege
                ? EndAsync(SendAsync(delivery, may, privilege, cancellationToken))
            : new(Verdict.Continue);

        static async ValueTask<Verdict> EndAsync(ValueTask work)
        {
            await work;
            return Verdict.Stop;
        }
    }

    // §5.3.
    private async ValueTask SendAsync(Delivery delivery, ComponentPrivileges may, XmlElement privilege, CancellationToken cancellationToken)
    {
        Require(may.Messages, "Messages in the name of others are not permitted.");
        if (privilege.Child(Forwarded.Name) is not { } element || Forwarded.Parse(element).Stanza is not { Kind: StanzaKind.Message } message)
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "A message has to be forwarded.");
        }

        Require(message.From is { IsFull: false } from && await ExistsAsync(from, cancellationToken), "The sender has to be a bare JID of this server.");
        if (message.To is null)
        {
            throw new StanzaException(message.IsToMalformed ? StanzaErrorCondition.JidMalformed : StanzaErrorCondition.BadRequest, "The message needs a 'to'.");
        }

        await RouteAsync(message, delivery, cancellationToken);
    }

    // §6.3.
    private async ValueTask RequestAsync(Delivery delivery, ComponentPrivileges may, XmlElement wrapped, CancellationToken cancellationToken)
    {
        var outer = delivery.Stanza;
        var account = outer.To!;
        Require(account.IsBare && account.HasLocal && IsHosted(account.DomainJid) && await ExistsAsync(account, cancellationToken), "The recipient has to be an account of this server.");
        if (wrapped.Child("iq", Namespaces.Client) is not { } element
            || Stanza.Read(element.ToStandaloneBytes(Namespaces.Client), StanzaContext.Client()) is not { } inner)
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "An iq in jabber:client has to be wrapped.");
        }

        Require(!inner.IsFromMalformed && (inner.From is null || inner.From.Equals(account)), "The wrapped request may have no other sender.");
        Require(inner.Type == outer.Type, "Both requests have to be of the same type.");
        if (!inner.IsSoundIq() || inner.IsToMalformed)
        {
            throw new StanzaException(inner.IsToMalformed ? StanzaErrorCondition.JidMalformed : StanzaErrorCondition.BadRequest);
        }

        var permitted = inner.Type == StanzaType.Get ? may.IqGet : may.IqSet;
        Require(permitted.Contains(inner.Element(inner.Children[0]).NamespaceUri), "That namespace is not permitted.");

        var to = inner.To ?? account;
        var id = awaited.Add(to, account, (reply, flush, stopping) => ReplyAsync(outer, reply?.WithId(inner.IdText!), flush, stopping));
        await RouteAsync(inner.WithAddresses(account, to).WithId(id), delivery, cancellationToken);
    }

    private ValueTask ReplyAsync(Stanza outer, Stanza? reply, FlushSet flush, CancellationToken cancellationToken)
    {
        var answer = reply is null
            ? outer.ErrorReply(new StanzaError(StanzaErrorCondition.RemoteServerTimeout))
            : outer.Result(writer =>
            {
                writer.Start(Privilege);
                new Forwarded(reply).WriteTo(writer);
                writer.End();
            });
        return router.Value.RouteAsync(answer, null, flush, cancellationToken);
    }

    // As if the account had sent it: its own rules hold, and its archive keeps it.
    private async ValueTask RouteAsync(Stanza stanza, Delivery outer, CancellationToken cancellationToken)
    {
        var delivery = new Delivery(stanza, null, outer.Flush)
        {
            SenderAccount = stanza.From!.HasLocal ? stanza.From : null,
            Agent = outer.Stanza.From!.DomainJid,
        };
        await router.Value.RouteAsync(delivery, cancellationToken);
        if (!delivery.IsCommitted)
        {
            outer.Until(router.Value.CommitAsync(delivery));
        }
    }

    private bool IsHosted(Jid domain) => domains.TryFind(domain, out var target) && target.HasAccounts;

    private async ValueTask<bool> ExistsAsync(Jid entity, CancellationToken cancellationToken) =>
        IsHosted(entity.DomainJid) && entity.IsBare
        && (!entity.HasLocal || sessions.Find(entity) is not null || await accounts.ExistsAsync(entity, cancellationToken));

    private static void Require(bool condition, string text)
    {
        if (!condition)
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, text);
        }
    }
}
