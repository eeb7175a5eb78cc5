using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.ClientState;

/// <summary>Client State Indication (XEP-0352 1.0.0): while nobody looks at a client, what can wait does (docs/mobile.md).</summary>
/// <remarks>
/// A stream, a resumed one too, begins active (§5.2), and is so until the client says otherwise with a resource bound. Both elements are idempotent, and neither is answered. With
/// <see cref="XmppServerOptions.MaxHeldBytes"/> 0 the feature is not advertised, and the elements change nothing.
/// </remarks>
internal sealed class ClientStateModule : IXmppModule, IStreamFeature
{
    private const string Namespace = "urn:xmpp:csi:0";
    private static readonly XmlName Feature = new("csi", Namespace);
    private static readonly XmlName Active = new("active", Namespace);
    private static readonly XmlName Inactive = new("inactive", Namespace);

    public StreamState Requires => StreamState.Authenticated;

    public StreamState Forbids => StreamState.None;

    public IReadOnlyList<XmlName> Elements => [Active, Inactive];

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0352", "1.0.0", "Client State Indication")
        .StreamFeature(this);

    public void Advertise(ClientStream stream, Utf8XmlWriter features)
    {
        if (stream.Options.MaxHeldBytes > 0)
        {
            features.Element(Feature);
        }
    }

    // At once, so that what comes of it is written before the answer to what the client sends next (§5.1).
    public ValueTask<Negotiation> NegotiateAsync(ClientStream stream, XmlElement element, CancellationToken cancellationToken)
    {
        if (stream.Session is not { } session)
        {
            // On offer already, and nothing comes yet that could wait.
            return new(Negotiation.Continue);
        }

        if (element.Is(Active))
        {
            session.Release(stream.Flush);
        }
        else if (stream.Options.MaxHeldBytes > 0)
        {
            session.HoldBack(new InactiveHold(session.Account.Account, stream.Options.MaxHeldBytes));
        }

        return new(Negotiation.Continue);
    }
}
