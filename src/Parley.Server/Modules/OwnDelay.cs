using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Routing;

namespace Parley.Server.Modules;

/// <summary>Delayed Delivery (XEP-0203 2.0): nobody but this server says that this server held a stanza back.</summary>
/// <remarks>A <c>delay</c> from the recipient's own domain is taken out of what arrives (§6); all others say what their senders say.</remarks>
public sealed class OwnDelayModule : IXmppModule
{
    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0203", "2.0", "Delayed Delivery")
        .AtStage(Stage.PreRoute, RemoveForged);

    private static ValueTask<Verdict> RemoveForged(Delivery delivery, CancellationToken cancellationToken)
    {
        var stanza = delivery.Stanza;
        if (delivery.RecipientAccount is { } account
            && stanza.HasChild(DelayedDelivery.Name.LocalUtf8, DelayedDelivery.Name.NamespaceUtf8)
            && stanza.From?.Equals(account.DomainJid) != true)
        {
            delivery.Stanza = WithoutForged(stanza, account.Domain);
        }

        return new(Verdict.Continue);
    }

    private static Stanza WithoutForged(Stanza stanza, string domain)
    {
        var kept = new List<byte>(stanza.Payload.Length);
        var end = 0;
        foreach (var child in stanza.Children)
        {
            if (child.Is(DelayedDelivery.Name.LocalUtf8, DelayedDelivery.Name.NamespaceUtf8) && IsFrom(stanza.Element(child).Attribute("from"), domain))
            {
                kept.AddRange(stanza.Payload.Span[end..child.Start]);
                end = child.Start + child.Length;
            }
        }

        if (end == 0)
        {
            return stanza;
        }

        kept.AddRange(stanza.Payload.Span[end..]);
        return stanza.WithPayload(kept.ToArray());
    }

    private static bool IsFrom(string? from, string domain) =>
        Protocol.Addressing.Jid.TryParse(from, out var jid) && jid.IsDomain && jid.Domain == domain;
}
