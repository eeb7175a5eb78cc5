using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Server.Sessions;

/// <summary>A stream feature as data: when it is on offer, how it is advertised, and what negotiates it (RFC 6120 §4.3).</summary>
public interface IStreamFeature
{
    /// <summary>Everything that must have been negotiated before.</summary>
    StreamState Requires { get; }

    /// <summary>Everything that must not have been negotiated yet.</summary>
    StreamState Forbids { get; }

    /// <summary>The top-level elements that negotiate the feature; none where it is only informational or an iq negotiates it.</summary>
    IReadOnlyList<XmlName> Elements => [];

    /// <summary>The payloads of the iq requests that negotiate the feature before a resource is bound.</summary>
    IReadOnlyList<XmlName> Payloads => [];

    /// <summary>Writes the feature into <c>&lt;stream:features/&gt;</c>, or nothing when it is not on offer on this stream.</summary>
    void Advertise(ClientStream stream, Utf8XmlWriter features);

    /// <summary>Handles one of <see cref="Elements"/>.</summary>
    ValueTask<Negotiation> NegotiateAsync(ClientStream stream, XmlElement element, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{GetType().Name} names no elements.");

    /// <summary>Handles an iq with one of <see cref="Payloads"/>; the reply is written by the feature.</summary>
    ValueTask<Negotiation> NegotiateAsync(ClientStream stream, Stanza iq, XmlElement payload, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{GetType().Name} names no payloads.");
}
