using Parley.Protocol.Addressing;

namespace Parley.Server.Routing;

/// <summary>The domains that are not here: asked where <see cref="DomainTable"/> does not know one.</summary>
public interface IRemoteDomains
{
    /// <summary>What takes the stanzas for a domain of others; null where there is no exchange with other servers. To refuse it, throws <see cref="Parley.Protocol.Stanzas.StanzaException"/>.</summary>
    IDomainTarget? Find(Jid domain);
}
