namespace Parley.Server.Routing;

/// <summary>The points at which modules may look at a stanza on its way, in this order. Each is passed once, and sees both ends (<see cref="Delivery"/>).</summary>
public enum Stage
{
    /// <summary>Any stanza from or for a local account, before anything happens: the sender's own rules, then the recipient's.</summary>
    PreRoute,

    /// <summary>A message, before its delivery: what is kept of it.</summary>
    Archive,

    /// <summary>A message, before its delivery: which other resources of its sender and its recipient get a copy.</summary>
    Copy,

    /// <summary>A message for a local account, before a resource gets it.</summary>
    Deliver,

    /// <summary>A message for a local account with no resource to take it.</summary>
    Offline,
}
