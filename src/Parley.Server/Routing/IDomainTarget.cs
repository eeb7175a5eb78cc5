namespace Parley.Server.Routing;

/// <summary>What takes the stanzas for a domain: a hosted domain, a component, a remote server.</summary>
public interface IDomainTarget
{
    /// <summary>Whether the domain's localparts are accounts of this server.</summary>
    bool HasAccounts => false;

    /// <summary>Takes a stanza whose sender and recipient are known. To refuse it, throws <see cref="Parley.Protocol.Stanzas.StanzaException"/>.</summary>
    ValueTask DeliverAsync(Delivery delivery, CancellationToken cancellationToken);
}
