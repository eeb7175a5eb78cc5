namespace Parley.Protocol.Extensions.Muc;

/// <summary>The status codes of rooms (XEP-0045 1.35 §15.6.2).</summary>
public static class MucStatus
{
    /// <summary>Any occupant sees the user's full JID.</summary>
    public const int NonAnonymous = 100;

    /// <summary>The user's affiliation changed while he was not in the room.</summary>
    public const int AffiliationChanged = 101;

    /// <summary>The configuration changed, without an effect on privacy.</summary>
    public const int ConfigurationChanged = 104;

    /// <summary>The presence is that of the receiver himself.</summary>
    public const int SelfPresence = 110;

    /// <summary>The room is logged; on a message: from now on.</summary>
    public const int Logged = 170;

    /// <summary>The room is not logged any more.</summary>
    public const int NotLogged = 171;

    /// <summary>The room is non-anonymous from now on.</summary>
    public const int NowNonAnonymous = 172;

    /// <summary>The room is semi-anonymous from now on.</summary>
    public const int NowSemiAnonymous = 173;

    /// <summary>The room has been created.</summary>
    public const int Created = 201;

    /// <summary>The service gave the user the nickname, or changed it.</summary>
    public const int NicknameAssigned = 210;

    /// <summary>Banned.</summary>
    public const int Banned = 301;

    /// <summary>The nickname changes; the item has the new one.</summary>
    public const int NicknameChanged = 303;

    /// <summary>Kicked.</summary>
    public const int Kicked = 307;

    /// <summary>Removed because of an affiliation that changed.</summary>
    public const int RemovedByAffiliation = 321;

    /// <summary>Removed because the room is members-only from now on.</summary>
    public const int RemovedByMembersOnly = 322;

    /// <summary>Removed because the service stops.</summary>
    public const int ServiceStops = 332;

    /// <summary>Removed because of a technical problem.</summary>
    public const int TechnicalProblem = 333;
}
