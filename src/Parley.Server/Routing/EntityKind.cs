namespace Parley.Server.Routing;

/// <summary>What answers a request: the address decides.</summary>
[Flags]
public enum EntityKind
{
    /// <summary>A hosted domain, addressed as <c>domain</c> or <c>domain/resource</c>.</summary>
    Server = 1,

    /// <summary>An account, addressed by its bare JID, or by its own client without a <c>to</c> (RFC 6120 §10.3.3).</summary>
    Account = 2,
}
