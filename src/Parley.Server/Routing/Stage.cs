namespace Parley.Server.Routing;

/// <summary>The points at which modules may look at a stanza on its way, in this order.</summary>
public enum Stage
{
    /// <summary>A local user's stanza, before it is routed anywhere: the sender's own rules.</summary>
    PreRoute,

    /// <summary>A message for or from a local account, before its delivery: what is kept of it.</summary>
    Archive,

    /// <summary>A message that other resources of an account get a copy of.</summary>
    Copy,

    /// <summary>Any stanza for a local account, before a resource gets it: the recipient's own rules.</summary>
    Deliver,

    /// <summary>A message for a local account with no resource to take it.</summary>
    Offline,
}
