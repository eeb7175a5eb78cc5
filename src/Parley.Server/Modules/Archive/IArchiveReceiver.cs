using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>Whoever asked an archive: what he may see of it, and how it reaches him.</summary>
internal interface IArchiveReceiver
{
    /// <summary>What he finds by a query.</summary>
    ArchiveQuery Narrow(ArchiveQuery query) => query;

    /// <summary>What is shown of a stored message: its bytes as <see cref="Stanza.ToBytes"/> gave them, or less.</summary>
    ReadOnlyMemory<byte> Show(ArchivedMessage message) => message.Stanza;

    /// <summary>Sends a result, and waits where too much waits already; false when nothing more is taken.</summary>
    ValueTask<bool> SendAsync(Stanza result, CancellationToken cancellationToken);

    /// <summary>A page has been sent.</summary>
    void Note(ArchiveFilter filter, ArchivePaging paging, IReadOnlyList<ArchivedMessage> page, bool isComplete)
    {
    }
}
