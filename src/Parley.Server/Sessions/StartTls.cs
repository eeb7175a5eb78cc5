using System.Net.Security;
using System.Security.Authentication;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Routing;

namespace Parley.Server.Sessions;

/// <summary>TLS for client streams: the STARTTLS feature (RFC 6120 §5) and the options of both kinds of listener (RFC 7590, XEP-0368).</summary>
public sealed class StartTls(ICertificateSource certificates) : IStreamFeature, IXmppModule
{
    private static readonly XmlName Element = new("starttls", Namespaces.Tls);
    private static readonly List<SslApplicationProtocol> ClientProtocols = [new("xmpp-client")];

    public StreamState Requires => StreamState.None;

    public StreamState Forbids => StreamState.Secure | StreamState.Authenticated | StreamState.OverHttp;

    public IReadOnlyList<XmlName> Elements => [Element];

    public void Configure(ModuleBuilder module) => module
        .Implements("RFC 7590", "2015", "Use of Transport Layer Security")
        .Implements("XEP-0368", "1.1.0", "SRV records for XMPP over TLS: direct TLS")
        .StreamFeature(this);

    public void Advertise(ClientStream stream, Utf8XmlWriter features)
    {
        if (certificates.Find(stream.Domain?.Domain) is null)
        {
            return;
        }

        features.Start(Element);
        if (!stream.Options.AllowInsecure)
        {
            features.Element("required");
        }

        features.End();
    }

    public ValueTask<Negotiation> NegotiateAsync(ClientStream stream, XmlElement element, CancellationToken cancellationToken)
    {
        if (certificates.Find(stream.Domain?.Domain) is null)
        {
            // RFC 6120 §5.4.2.2: the failure, then the stream is closed.
            stream.Send(writer => writer.Element("failure", Namespaces.Tls));
            return new(Negotiation.Close);
        }

        stream.Send(writer => writer.Element("proceed", Namespaces.Tls));
        return new(Negotiation.Secure);
    }

    /// <summary>The handshake's options for a stream to <paramref name="domain"/>.</summary>
    internal SslServerAuthenticationOptions OptionsFor(Jid? domain) => Options(domain?.Domain, protocols: null);

    /// <summary>The handshake's options for a connection that begins with TLS: the certificate by the name that the client asks for.</summary>
    internal ValueTask<SslServerAuthenticationOptions> SelectAsync(
        SslStream stream, SslClientHelloInfo hello, object? state, CancellationToken cancellationToken) =>
        new(Options(hello.ServerName, ClientProtocols));

    private SslServerAuthenticationOptions Options(string? domain, List<SslApplicationProtocol>? protocols) => new()
    {
        ServerCertificateContext = certificates.Find(domain) ?? throw new StreamException(StreamErrorCondition.InternalServerError, "No certificate."),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = protocols,
        AllowRenegotiation = false,
    };
}
