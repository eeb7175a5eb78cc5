using Parley.Protocol.Stanzas;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Registration;

/// <summary>The error codes of before XMPP (XEP-0086 §2), which registration must have beside the conditions (XEP-0077 §9).</summary>
internal static class LegacyErrorCode
{
    /// <summary>The handler, its refusals with a code.</summary>
    internal static IqHandler WithCodes(IqHandler handler) => async (request, cancellationToken) =>
    {
        try
        {
            return await handler(request, cancellationToken);
        }
        catch (StanzaException refusal)
        {
            throw new StanzaException(refusal.Error.WithCode());
        }
    };

    /// <summary>The error with the code of its condition.</summary>
    internal static StanzaError WithCode(this StanzaError error) => error with { Code = Of(error.Condition) };

    private static int Of(StanzaErrorCondition condition) => condition switch
    {
        StanzaErrorCondition.BadRequest or StanzaErrorCondition.JidMalformed or StanzaErrorCondition.UnexpectedRequest => 400,
        StanzaErrorCondition.NotAuthorized => 401,
        StanzaErrorCondition.Forbidden => 403,
        StanzaErrorCondition.NotAllowed => 405,
        StanzaErrorCondition.NotAcceptable => 406,
        StanzaErrorCondition.RegistrationRequired => 407,
        StanzaErrorCondition.Conflict => 409,
        StanzaErrorCondition.ServiceUnavailable => 503,
        _ => 500,
    };
}
