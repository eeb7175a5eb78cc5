using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Sessions;

namespace Parley.Server.Routing;

/// <summary>What takes the stanzas for a domain: a hosted domain, a component, a remote server.</summary>
public interface IDomainTarget
{
    /// <summary>Takes a stanza whose sender and recipient are known. To refuse it, throws <see cref="StanzaException"/>.</summary>
    ValueTask DeliverAsync(Stanza stanza, ClientSession? sender, FlushSet flush, CancellationToken cancellationToken);
}
