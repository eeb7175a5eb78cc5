using Microsoft.Extensions.Options;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>Notes what sessions fetch out of their archives before they are available.</summary>
/// <remarks>
/// What counts is a catch-up: pages without a filter, up to the newest message, until one is complete. A client that only looks at the last message, or
/// searches, still gets its offline messages. As many messages are noted as may wait for an account (<see cref="XmppServerOptions.MaxOfflineMessages"/>);
/// what is beyond is delivered, and so comes twice.
/// </remarks>
internal sealed class GivenMessages(IOptions<XmppServerOptions> options) : IGivenMessages
{
    private SessionSlot<CatchUp> _slot = null!;

    internal void Configure(ModuleBuilder module) => _slot = module.SessionSlot<CatchUp>();

    public bool HasGot(ClientSession session, Stanza message) =>
        session.Get(_slot) is { IsDone: true } catchUp
        && StanzaId.Of(message, session.Account.Account) is { } text
        && ArchiveId.TryParse(text, out var id)
        && catchUp.Ids.AsSpan().BinarySearch(id) >= 0;

    public void Forget(ClientSession session) => session.Set(_slot, null);

    /// <summary>Notes a page that was sent to a session.</summary>
    internal void Note(ClientSession session, ArchiveFilter filter, ArchivePaging paging, IEnumerable<ArchivedMessage> page, bool isComplete)
    {
        if (session.IsAvailable || paging.Index is not null
            || filter is not { With: null, Ids: null, FullText: null, End: null, BeforeId: null, IncludeGroupChat: not false })
        {
            return;
        }

        // Of too many the newest stay: they are the likeliest to wait.
        var before = session.Get(_slot) ?? new CatchUp([], false, false);
        session.Set(_slot, new CatchUp(
            [.. before.Ids.Union(page.Select(static message => message.Id)).Order().TakeLast(options.Value.MaxOfflineMessages)],
            before.HasNewest || (paging.FromEnd ? paging.Before is null : isComplete),
            before.IsComplete || isComplete));
    }

    /// <summary>What a session has got so far. Immutable: the delivery of offline messages reads it on another thread.</summary>
    private sealed record CatchUp(long[] Ids, bool HasNewest, bool IsComplete)
    {
        internal bool IsDone => HasNewest && IsComplete;
    }
}
