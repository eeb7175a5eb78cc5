using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Modules.Disco;
using Parley.Server.Routing;
using Parley.Server.Sessions.Components;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Delegation;

/// <summary>Namespace delegation (XEP-0355 0.5) in admin mode: a component answers the requests of a namespace in the place of the server. Client mode is not offered.</summary>
internal sealed class DelegationModule(
    Delegations delegations,
    EntityDescription description,
    AwaitedReplies awaited,
    DomainTable domains,
    SessionDirectory sessions,
    IAccountStore accounts,
    IOptions<XmppServerOptions> options,
    Lazy<StanzaRouter> router) : IXmppModule
{
    private const string Namespace = "urn:xmpp:delegation:2";
    private static readonly XmlName Name = new("delegation", Namespace);

    public void Configure(ModuleBuilder module)
    {
        module
            .Implements("XEP-0355", "0.5.0", "Namespace Delegation")
            .Feature(Namespace, EntityKind.Server)
            .ExtendDisco(delegations)
            .OnComponentConnected(GreetAsync)
            .AtStage(Stage.PreRoute, LookAsync);
    }

    // §4.2, and what it wants said of itself, §6.2.
    private ValueTask GreetAsync(ComponentDomain component, FlushSet flush, CancellationToken cancellationToken)
    {
        DelegatedNamespace[] delegated = [.. delegations.Of(component)];
        foreach (var host in delegated.Length == 0 ? [] : options.Value.DomainJids)
        {
            component.TryDeliver(Advertisement(host, component, delegated), flush);
        }

        foreach (var delegation in delegated)
        {
            Ask(delegation, "::", flush, static (of, info) => of.OfServer = info);
            Ask(delegation, ":bare:", flush, static (of, info) => of.OfAccount = info);
        }

        return ValueTask.CompletedTask;
    }

    private static Stanza Advertisement(Jid host, ComponentDomain component, DelegatedNamespace[] delegated)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        return Stanza.Create(StanzaKind.Message, StanzaType.None, host, component.Domain, id, writer =>
        {
            writer.Start(Name);
            foreach (var delegation in delegated)
            {
                writer.Start("delegated").Attribute("namespace", delegation.Namespace);
                foreach (var attribute in delegation.Attributes)
                {
                    writer.Start("attribute").Attribute("name", attribute).End();
                }

                writer.End();
            }

            writer.End();
        });
    }

    private void Ask(DelegatedNamespace delegation, string separator, FlushSet flush, Action<DelegatedNamespace, DiscoInfo> note)
    {
        var (host, component) = (options.Value.DomainJids[0], delegation.Component);
        var id = awaited.Add(component.Domain, host, (reply, _, _) =>
        {
            if (reply is { Type: StanzaType.Result } && reply.Child(DiscoInfo.Name) is { } query)
            {
                note(delegation, DiscoInfo.Parse(query));
                description.Forget();
            }

            return ValueTask.CompletedTask;
        });
        var request = Stanza.Create(StanzaKind.Iq, StanzaType.Get, host, component.Domain, id, writer =>
            writer.Start(DiscoInfo.Name).Attribute("node", Namespace + separator + delegation.Namespace).End());
        if (!component.TryDeliver(request, flush))
        {
            awaited.Remove(id);
        }
    }

    private ValueTask<Verdict> LookAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var request = delivery.Stanza;
        return delegations.IsEmpty || !request.IsRequest || request.Children.Count != 1 || request.To is not { IsFull: false } to || !IsHosted(to.DomainJid)
            || delegations.Find(request.Element(request.Children[0])) is not { } delegation
            || (delivery.Agent ?? request.From!.DomainJid).Equals(delegation.Component.Domain)
            ? new(Verdict.Continue)
            : ForwardAsync(request, delegation, delivery, cancellationToken);
    }

    // §4.3.
    private async ValueTask<Verdict> ForwardAsync(Stanza request, DelegatedNamespace delegation, Delivery delivery, CancellationToken cancellationToken)
    {
        var to = request.To!;
        if (to.HasLocal && sessions.Find(to) is null && !await accounts.ExistsAsync(to, cancellationToken))
        {
            return Verdict.Continue;
        }

        var (host, component) = (to.DomainJid, delegation.Component);
        var id = awaited.Add(component.Domain, host, (reply, flush, stopping) =>
            router.Value.RouteAsync(Answer(request, reply) ?? request.ErrorReply(new StanzaError(StanzaErrorCondition.ServiceUnavailable)), null, flush, stopping));
        var forwarded = Stanza.Create(StanzaKind.Iq, StanzaType.Set, host, component.Domain, id, writer =>
        {
            writer.Start(Name);
            new Forwarded(request).WriteTo(writer);
            writer.End();
        });
        if (component.TryDeliver(forwarded, delivery.Flush))
        {
            return Verdict.Stop;
        }

        awaited.Remove(id);
        throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);
    }

    // What the component says has to be the result of this very request; null when it is anything else.
    private static Stanza? Answer(Stanza request, Stanza? reply)
    {
        try
        {
            return reply is { Type: StanzaType.Result }
                && reply.Child(Name)?.Child(Forwarded.Name) is { } element
                && Forwarded.Parse(element).Stanza is { Kind: StanzaKind.Iq, Type: StanzaType.Result, IsFromMalformed: false } result
                && result.IdText == request.IdText && request.From!.Equals(result.To) && (result.From is null || result.From.Equals(request.To))
                ? result.WithAddresses(request.To, request.From)
                : null;
        }
        catch (StanzaException)
        {
            return null;
        }
    }

    private bool IsHosted(Jid domain) => domains.TryFind(domain, out var target) && target.HasAccounts;
}
