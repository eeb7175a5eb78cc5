using System.Security.Cryptography;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Routing;

namespace Parley.Server.Sessions;

/// <summary>Resource binding (RFC 6120 §7), and the session establishment of RFC 3921 §3 that older clients still ask for.</summary>
public sealed class ResourceBinding : IStreamFeature, IXmppModule
{
    // RFC 6120 §7.7.3 asks for five to ten.
    private const int MaxRetries = 10;
    private const EntityKind Both = EntityKind.Server | EntityKind.Account;
    private static readonly XmlName Bind = new("bind", Namespaces.Bind);
    private static readonly XmlName Session = new("session", Namespaces.Session);
    private static readonly XmlName Resource = new("resource", Namespaces.Bind);

    // With the condition of XEP-0205 §4.4.
    private static readonly StanzaError TooMany = new(StanzaErrorCondition.ResourceConstraint, "Too many resources.")
    {
        ApplicationCondition = new("resource-limit-exceeded", "urn:xmpp:errors"),
    };

    public StreamState Requires => StreamState.Authenticated;

    public StreamState Forbids => StreamState.Bound;

    public IReadOnlyList<XmlName> Payloads => [Bind];

    public void Configure(ModuleBuilder module) => module
        .Implements("RFC 6120", "2011", "Core")
        .Implements("RFC 7622", "2015", "Address Format")
        .Implements("XEP-0106", "1.1.1", "JID Escaping")
        .Implements("XEP-0205", "1.0.2", "Best Practices to Discourage Denial of Service Attacks: limits of connections, resources, stanza size, bandwidth")
        .StreamFeature(this)
        .OnIqSet(Bind, Both, static (request, _) => Own(request, static _ => throw new StanzaException(StanzaErrorCondition.NotAllowed, "A resource is bound already.")))
        .OnIqSet(Session, Both, static (request, _) => Own(request, static request => request.Result()))
        .NoFeature(Namespaces.Bind, Both)
        .NoFeature(Namespaces.Session, Both);

    public void Advertise(ClientStream stream, Utf8XmlWriter features)
    {
        features.Start(Bind).End();
        features.Start(Session).Element("optional").End();
    }

    public async ValueTask<Negotiation> NegotiateAsync(ClientStream stream, Stanza iq, XmlElement payload, CancellationToken cancellationToken)
    {
        try
        {
            if (iq.Type != StanzaType.Set || !iq.HasId)
            {
                throw new StanzaException(StanzaErrorCondition.BadRequest);
            }

            var full = ChosenBy(stream, payload);
            if (await stream.BindAsync(full) is null)
            {
                throw new StanzaException(TooMany);
            }

            stream.Send(iq.WithAddresses(null, null).Result(writer => writer.Start(Bind).Element("jid", null, full.ToString()).End()));
        }
        catch (StanzaException refusal)
        {
            stream.Send(iq.WithAddresses(null, null).ErrorReply(refusal.Error));
            if (++stream.BindingFailures > MaxRetries)
            {
                throw new StreamException(StreamErrorCondition.PolicyViolation, "Too many refused resources.");
            }
        }

        return Negotiation.Continue;
    }

    // Of another's account any answer would tell that it exists.
    private static ValueTask<Stanza> Own(IqRequest request, Func<IqRequest, Stanza> answer)
    {
        if (request.Entity == EntityKind.Account)
        {
            request.RequireOwn();
        }

        return new(answer(request));
    }

    // The client's choice is taken; without one the server makes a resource that nobody can guess (RFC 6120 §7.6, §7.7).
    private static Jid ChosenBy(ClientStream stream, XmlElement payload)
    {
        if (payload.Child(Resource) is not { } resource)
        {
            return stream.Account!.WithResource(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)));
        }

        try
        {
            return stream.Account!.WithResource(resource.Text);
        }
        catch (JidFormatException e)
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, e.Message);
        }
    }
}
