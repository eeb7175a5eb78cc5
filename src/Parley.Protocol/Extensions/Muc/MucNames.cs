using Parley.Protocol.Stanzas;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>The names of affiliations and roles on the wire (XEP-0045 §5).</summary>
public static class MucNames
{
    public static string Of(MucAffiliation affiliation) => affiliation switch
    {
        MucAffiliation.Owner => "owner",
        MucAffiliation.Admin => "admin",
        MucAffiliation.Member => "member",
        MucAffiliation.Outcast => "outcast",
        _ => "none",
    };

    public static string Of(MucRole role) => role switch
    {
        MucRole.Moderator => "moderator",
        MucRole.Participant => "participant",
        MucRole.Visitor => "visitor",
        _ => "none",
    };

    /// <exception cref="StanzaException">bad-request: there is no such affiliation.</exception>
    public static MucAffiliation ParseAffiliation(string name) => name switch
    {
        "owner" => MucAffiliation.Owner,
        "admin" => MucAffiliation.Admin,
        "member" => MucAffiliation.Member,
        "outcast" => MucAffiliation.Outcast,
        "none" => MucAffiliation.None,
        _ => throw new StanzaException(StanzaErrorCondition.BadRequest, "There is no such affiliation."),
    };

    /// <exception cref="StanzaException">bad-request: there is no such role.</exception>
    public static MucRole ParseRole(string name) => name switch
    {
        "moderator" => MucRole.Moderator,
        "participant" => MucRole.Participant,
        "visitor" => MucRole.Visitor,
        "none" => MucRole.None,
        _ => throw new StanzaException(StanzaErrorCondition.BadRequest, "There is no such role."),
    };
}
