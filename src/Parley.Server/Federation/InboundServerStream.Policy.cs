using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Diagnostics;

namespace Parley.Server.Federation;

/// <content>Whom the policy here refuses (RFC 6120 §13.8, XEP-0220 §2.5). The log says by which setting: whoever is refused hears the condition alone.</content>
internal sealed partial class InboundServerStream
{
    private const string NoExchange = "There is no exchange with this domain.";

    private DialbackOutcome? RefusalByPolicy(Jid sender)
    {
        var policy = Services.Federation.PolicyFor(sender);
        return !policy.Allow ? Refuse(sender, StanzaErrorCondition.PolicyViolation, NoExchange, nameof(policy.Allow))
            : policy.RequireTls && !IsSecure ? WithoutTls(sender)
            : policy.NeedsCertificate && !HasCertificateFor(sender)
                ? Refuse(sender, StanzaErrorCondition.NotAuthorized, "A certificate for the domain is required.", policy.RequireCertificate ? nameof(policy.RequireCertificate) : nameof(policy.AllowDialback))
            : null;
    }

    private DialbackOutcome WithoutTls(Jid sender) => Refuse(sender, StanzaErrorCondition.PolicyViolation, "TLS is required.", nameof(FederationPolicy.RequireTls));

    private DialbackOutcome Refuse(Jid sender, StanzaErrorCondition condition, string why, string setting)
    {
        NoteRefused(sender, why, setting);
        return DialbackOutcome.Failed(condition, why);
    }

    // Who it says to be: nothing is proven yet.
    private void NoteRefused(Jid? sender, string why, string setting) =>
        Log.ServerNotAllowed(Services.Logger, Connection.Id, sender?.Domain ?? "a server without a name", why, $"{Services.Federation.PolicyKeyFor(sender?.Domain)}:{setting}");
}
