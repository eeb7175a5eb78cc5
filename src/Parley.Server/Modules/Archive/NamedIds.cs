using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>The ids that a query names: one that the archive does not hold makes it fail (XEP-0313 §4.1.3, §4.3.2).</summary>
internal sealed class NamedIds
{
    private readonly HashSet<long> _ids = [];

    /// <summary>Notes an id; null stays null.</summary>
    /// <exception cref="StanzaException">item-not-found: no id of ours looks like that.</exception>
    internal long? Add(string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (!ArchiveId.TryParse(text, out var id))
        {
            throw NotFound();
        }

        _ids.Add(id);
        return id;
    }

    internal async ValueTask<bool> AreAllInAsync(IArchiveStore store, Jid owner, CancellationToken cancellationToken) =>
        _ids.Count == 0 || (await store.FindAsync(owner, _ids, cancellationToken)).Count == _ids.Count;

    internal static StanzaException NotFound() => new(StanzaErrorCondition.ItemNotFound, "The archive has no message of that id.");
}
