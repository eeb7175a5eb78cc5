namespace Parley.Server.Sessions.Components;

/// <summary>What the server knows of one external component.</summary>
public sealed class ComponentOptions
{
    /// <summary>The fewest bytes of a secret.</summary>
    public const int MinSecretBytes = 16;

    /// <summary>What server and component both know, and nobody else: 16 bytes or more.</summary>
    public string Secret { get; set; } = "";

    /// <summary>Namespaces whose requests the component answers in the place of the server (XEP-0355); behind a namespace, after spaces, attributes that the payload has to have. Default: none.</summary>
    public IList<string> Delegations { get; } = [];

    /// <summary>What the component may do in the name of accounts (XEP-0356); null, the default, for nothing.</summary>
    public ComponentPrivileges? Privileges { get; set; }
}
