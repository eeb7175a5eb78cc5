namespace Parley.Server.Sessions.Components;

/// <summary>What a component may do in the name of the accounts of all hosted domains (XEP-0356). Default: nothing. Whoever may anything of this has to be trusted like the server itself.</summary>
public sealed class ComponentPrivileges
{
    /// <summary>Which requests about accounts' rosters it may make. Default: none.</summary>
    public RosterAccess Roster { get; set; }

    /// <summary>Whether it is told of all changes of rosters, where it may get them. Default true.</summary>
    public bool RosterPushes { get; set; } = true;

    /// <summary>Whether it may send messages in the name of accounts and domains. Default false.</summary>
    public bool Messages { get; set; }

    /// <summary>Namespaces of payloads that it may send iq gets with in the name of accounts. Default: none.</summary>
    public IList<string> IqGet { get; } = [];

    /// <summary>Namespaces of payloads that it may send iq sets with in the name of accounts. Default: none.</summary>
    public IList<string> IqSet { get; } = [];

    /// <summary>Whether it gets the initial and the unavailable presence of all accounts' resources. Default false.</summary>
    public bool Presence { get; set; }
}

/// <summary>Which requests about rosters are permitted (XEP-0356 §4.1).</summary>
public enum RosterAccess
{
    None,
    Get,
    Set,
    Both,
}
