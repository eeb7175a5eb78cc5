using System.Text;
using Microsoft.Extensions.Options;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Sessions;

/// <summary>SASL on a client's stream (RFC 6120 §6).</summary>
public sealed class SaslNegotiation(IOptions<XmppServerOptions> options, IAccountStore accounts, DecoySecret decoySecret, AuthenticationThrottle throttle)
    : IStreamFeature, IXmppModule
{
    private const int MaxBase64Length = 8192;
    private static readonly XmlName Auth = new("auth", Namespaces.Sasl);
    private static readonly XmlName Response = new("response", Namespaces.Sasl);
    private static readonly XmlName Abort = new("abort", Namespaces.Sasl);
    private readonly XmppServerOptions _options = options.Value;

    public StreamState Requires => StreamState.None;

    public StreamState Forbids => StreamState.Authenticated;

    public IReadOnlyList<XmlName> Elements => [Auth, Response, Abort];

    public void Configure(ModuleBuilder module) => module
        .Implements("RFC 4616", "2006", "PLAIN")
        .Implements("RFC 5802", "2010", "SCRAM-SHA-1 and its -PLUS form")
        .Implements("RFC 7677", "2015", "SCRAM-SHA-256 and its -PLUS form")
        .Implements("XEP-0440", "1.0.0", "SASL Channel-Binding Type Capability")
        .StreamFeature(this);

    public void Advertise(ClientStream stream, Utf8XmlWriter features)
    {
        if (!MayAuthenticate(stream))
        {
            return;
        }

        features.Start("mechanisms", Namespaces.Sasl);
        foreach (var name in Mechanisms(stream, default).Offered)
        {
            features.Element("mechanism", null, name);
        }

        features.End();
        AdvertiseBindings(Bindings(stream), features);
    }

    public async ValueTask<Negotiation> NegotiateAsync(ClientStream stream, XmlElement element, CancellationToken cancellationToken)
    {
        try
        {
            if (!MayAuthenticate(stream))
            {
                throw new SaslException(SaslCondition.EncryptionRequired);
            }

            var step = element switch
            {
                _ when element.Is(Auth) => await BeginAsync(stream, element, cancellationToken),
                _ when element.Is(Response) => await ContinueAsync(stream, element, cancellationToken),
                _ => throw new SaslException(SaslCondition.Aborted),
            };
            switch (step)
            {
                case SaslChallenge challenge:
                    stream.Send(writer => writer.Element("challenge", Namespaces.Sasl, SaslEncoding.Encode(challenge.Data)));
                    return Negotiation.Continue;
                case SaslSuccess success:
                    return Succeed(stream, success);
                case SaslFailure failure:
                    throw new SaslException(failure.Condition, failure.Text);
                default:
                    throw new InvalidOperationException($"{step} is no step of SASL.");
            }
        }
        catch (SaslException failure)
        {
            return await FailAsync(stream, failure, cancellationToken);
        }
        catch (StorageException)
        {
            // Whether the client is who it says cannot be found out now (RFC 6120 §6.5.11).
            return await FailAsync(stream, new SaslException(SaslCondition.TemporaryAuthFailure), cancellationToken);
        }
    }

    private async ValueTask<SaslServerStep> BeginAsync(ClientStream stream, XmlElement element, CancellationToken cancellationToken)
    {
        if (stream.SaslExchange is not null)
        {
            throw new SaslException(SaslCondition.MalformedRequest, "An exchange is under way.");
        }

        var name = element.Attribute("mechanism") ?? throw new SaslException(SaslCondition.InvalidMechanism);
        var initial = SaslEncoding.DecodeInitial(Base64(element));
        var mechanism = Mechanisms(stream, await decoySecret.GetAsync(cancellationToken)).Create(name);
        stream.SaslExchange = mechanism;
        return await mechanism.StepAsync(initial, cancellationToken);
    }

    private static async ValueTask<SaslServerStep> ContinueAsync(ClientStream stream, XmlElement element, CancellationToken cancellationToken)
    {
        if (stream.SaslExchange is not { } mechanism)
        {
            throw new SaslException(SaslCondition.MalformedRequest, "No exchange is under way.");
        }

        return await mechanism.StepAsync(SaslEncoding.Decode(Base64(element)), cancellationToken);
    }

    private static byte[] Base64(XmlElement element)
    {
        var text = element.Text;
        return text.Length <= MaxBase64Length && !element.HasChildren
            ? Encoding.UTF8.GetBytes(text)
            : throw new SaslException(SaslCondition.MalformedRequest);
    }

    private static Negotiation Succeed(ClientStream stream, SaslSuccess success)
    {
        if (!Jid.TryCreate(success.Username, stream.Domain!.Domain, null, out var account))
        {
            throw new SaslException(SaslCondition.NotAuthorized);
        }

        stream.Authenticated(account);
        stream.Send(writer => writer.Element("success", Namespaces.Sasl, success.Data is null ? null : SaslEncoding.Encode(success.Data)));
        return Negotiation.Restart;
    }

    private async ValueTask<Negotiation> FailAsync(ClientStream stream, SaslException failure, CancellationToken cancellationToken)
    {
        var mechanism = stream.SaslExchange?.Name ?? "none";
        stream.SaslExchange = null;
        stream.Meters.AuthenticationFailed(mechanism);
        Log.AuthenticationFailed(stream.Services.Logger, stream.Connection.Id, mechanism, stream.Connection.RemoteAddress, failure.Condition.Name());
        if (failure.Condition == SaslCondition.NotAuthorized && _options.RateLimits)
        {
            await throttle.FailedAsync(stream.Connection.RemoteAddress, cancellationToken);
        }

        stream.Send(writer =>
        {
            writer.Start("failure", Namespaces.Sasl).Element(failure.Condition.Name());
            if (failure.Text is not null)
            {
                writer.Start("text").Attribute("xml:lang", "en").Text(failure.Text).End();
            }

            writer.End();
        });
        return ++stream.AuthenticationFailures < _options.MaxAuthenticationFailures
            ? Negotiation.Continue
            : throw new StreamException(StreamErrorCondition.PolicyViolation, "Too many failed authentications.");
    }

    // So that a client does not choose a type that is not here (XEP-0440).
    private static void AdvertiseBindings(List<SaslChannelBinding> bindings, Utf8XmlWriter features)
    {
        if (bindings.Count == 0)
        {
            return;
        }

        features.Start("sasl-channel-binding", "urn:xmpp:sasl-cb:0");
        foreach (var binding in bindings)
        {
            features.Start("channel-binding").Attribute("type", binding.Type).End();
        }

        features.End();
    }

    // TLS 1.3 leaves tls-unique undefined (RFC 9266 §3), but clients such as slixmpp know no other and take the Finished message there
    // too. Its value is as tied to the handshake as before; refused, they would not get in by SCRAM at all, for they say 'y' without PLUS.
    private static List<SaslChannelBinding> Bindings(ClientStream stream)
    {
        var bindings = new List<SaslChannelBinding>();
        if (stream.Connection.LocalCertificate is { } certificate && TlsChannelBindings.ServerEndPoint(certificate) is { } endPoint)
        {
            bindings.Add(endPoint);
        }

        if (stream.Connection.TlsUnique() is { Length: > 0 } unique)
        {
            bindings.Add(new SaslChannelBinding(TlsChannelBindings.UniqueType, unique));
        }

        return bindings;
    }

    private bool MayAuthenticate(ClientStream stream) => stream.IsSecure || _options.AllowInsecure;

    private SaslServerMechanisms Mechanisms(ClientStream stream, ReadOnlyMemory<byte> decoy) => new(new SaslServerContext
    {
        Domain = stream.Domain!.Domain,
        Mechanisms = [.. _options.SaslMechanisms],
        IsEncrypted = MayAuthenticate(stream),
        Credentials = new DomainCredentials(accounts, stream.Domain.Domain),
        ChannelBindings = Bindings(stream),
        DecoySecret = decoy.IsEmpty ? new byte[SaslServerContext.MinDecoySecretLength] : decoy,
        DefaultIterations = _options.ScramIterations,
    });
}
