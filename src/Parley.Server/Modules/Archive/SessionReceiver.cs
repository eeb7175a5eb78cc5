using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>A session that asks the archive of its own account.</summary>
internal sealed class SessionReceiver(ClientSession session, FlushSet flush, GivenMessages given, TimeProvider time) : IArchiveReceiver
{
    public async ValueTask<bool> SendAsync(Stanza result, CancellationToken cancellationToken)
    {
        if (!session.Deliver(result, result.From, result.To, flush, Fallback.None))
        {
            return false;
        }

        if (session.Output.IsCongested)
        {
            await session.Output.RelieveAsync(time, cancellationToken);
        }

        return true;
    }

    public void Note(ArchiveFilter filter, ArchivePaging paging, IReadOnlyList<ArchivedMessage> page, bool isComplete) =>
        given.Note(session, filter, paging, page, isComplete);
}
