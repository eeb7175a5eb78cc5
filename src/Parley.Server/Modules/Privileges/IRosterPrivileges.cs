using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Privileges;

/// <summary>Who, but an account itself, may see and change its roster.</summary>
internal interface IRosterPrivileges
{
    /// <summary>Whether a component may make this request (XEP-0356 §4.3).</summary>
    bool IsPermitted(IqRequest request);

    /// <summary>Tells the components that hear of all changes of rosters (XEP-0356 §4.4).</summary>
    /// <param name="account">The bare JID.</param>
    /// <param name="push">Makes the push, without addresses.</param>
    /// <param name="flush">Where to note the connections that are written to.</param>
    void Push(Protocol.Addressing.Jid account, Func<Stanza> push, FlushSet flush);
}
