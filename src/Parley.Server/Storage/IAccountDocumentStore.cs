using Parley.Protocol.Addressing;

namespace Parley.Server.Storage;

/// <summary>Small XML documents that belong to an account, by kind and key: private XML (XEP-0049) by element name, the vCard (XEP-0054).</summary>
public interface IAccountDocumentStore
{
    /// <summary>The document, or null when there is none.</summary>
    ValueTask<ReadOnlyMemory<byte>?> GetAsync(Jid account, string kind, string key, CancellationToken cancellationToken);

    /// <summary>Writes, or with null removes, a document; returns false, and changes nothing, when the account would then hold more than <paramref name="limit"/> documents of that kind; removing always returns true. Durable when the task completes.</summary>
    /// <exception cref="AccountNotFoundException">A document was to be written for an account that does not exist.</exception>
    ValueTask<bool> SetAsync(Jid account, string kind, string key, ReadOnlyMemory<byte>? document, int limit, CancellationToken cancellationToken);
}
