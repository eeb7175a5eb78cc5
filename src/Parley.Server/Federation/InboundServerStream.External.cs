using System.Text;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Diagnostics;
using Parley.Server.Sessions;

namespace Parley.Server.Federation;

/// <content>The peer's proof by its certificate: SASL EXTERNAL (XEP-0178 §3).</content>
internal sealed partial class InboundServerStream
{
    private static readonly XmlName Auth = new("auth", Namespaces.Sasl);
    private static readonly XmlName Response = new("response", Namespaces.Sasl);
    private static readonly XmlName AbortSasl = new("abort", Namespaces.Sasl);
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private DomainPair? _authenticatedAs;
    private int _failures;

    // Offered only to whom it will work for, so that the others go on with dialback at once (XEP-0178 §3).
    private bool MayUseExternal =>
        !State.HasFlag(StreamState.Authenticated) && IsSecure && Claimed is not null && HasCertificateFor(Claimed);

    private Negotiation Authenticate(XmlElement auth)
    {
        if (auth.Attribute("mechanism") != SaslMechanismNames.External)
        {
            return RefuseAuthentication(MustSecure ? SaslCondition.EncryptionRequired : SaslCondition.InvalidMechanism);
        }

        string identity;
        try
        {
            // An initial response is the identity, or "=" for that of the certificate (RFC 6120 §6.3.8, XEP-0178 §3).
            identity = auth.HasChildren ? throw new SaslException(SaslCondition.MalformedRequest) : Utf8.GetString(SaslEncoding.Decode(Encoding.UTF8.GetBytes(auth.Text)));
        }
        catch (SaslException e)
        {
            return RefuseAuthentication(e.Condition);
        }
        catch (DecoderFallbackException)
        {
            return RefuseAuthentication(SaslCondition.MalformedRequest);
        }

        if (!MayUseExternal || (identity.Length > 0 && !(Jid.TryParse(identity, out var claimed) && claimed.Equals(Claimed))))
        {
            return RefuseAuthentication(MustSecure ? SaslCondition.EncryptionRequired : SaslCondition.NotAuthorized);
        }

        State |= StreamState.Authenticated;
        HeaderSent = false;
        _authenticatedAs = new DomainPair(Claimed!, Domain!);
        Verified(Claimed!, Domain!);
        NoteAccepted(Claimed!, "EXTERNAL");
        Send(writer => writer.Element("success", Namespaces.Sasl));
        return Negotiation.Restart;
    }

    private Negotiation RefuseAuthentication(SaslCondition condition)
    {
        Log.ServerNotAuthenticated(Services.Logger, Connection.Id, Claimed?.ToString() ?? "", condition.Name());
        Send(writer => writer.Start("failure", Namespaces.Sasl).Element(condition.Name()).End());
        return ++_failures >= Options.MaxAuthenticationFailures
            ? throw new StreamException(StreamErrorCondition.PolicyViolation, "Too many failed authentications.")
            : Negotiation.Continue;
    }
}
