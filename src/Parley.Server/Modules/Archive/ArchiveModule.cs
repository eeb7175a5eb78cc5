using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Server.Connections;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Archive;

/// <summary>The archives of the accounts' messages (XEP-0313 1.1.3), with preferences (XEP-0441), full text search (XEP-0431) and tombstones (XEP-0424).</summary>
internal sealed class ArchiveModule(
    MessageKeeping keeping, ArchiveRequests requests, PreferenceRequests preferences, ArchivePolicies policies, GivenMessages given) : IXmppModule
{
    public void Configure(ModuleBuilder module)
    {
        given.Configure(module);
        module
            .Implements("XEP-0313", "1.1.3", "Message Archive Management")
            .Implements("XEP-0441", "0.2.0", "Message Archive Management Preferences")
            .Implements("XEP-0431", "0.2.0", "Full Text Search in MAM")
            .Implements("XEP-0059", "1.0", "Result Set Management")
            .Implements("XEP-0297", "1.0", "Stanza Forwarding")
            .Implements("XEP-0359", "0.7.0", "Unique and Stable Stanza IDs")
            .Implements("XEP-0334", "1.0.0", "Message Processing Hints")
            .Implements("XEP-0424", "0.4.2", "Message Retraction")
            .OnIqSet(MessageArchive.Query, EntityKind.Account, requests.QueryAsync)
            .OnIqGet(MessageArchive.Query, EntityKind.Account, ArchiveRequests.FormAsync)
            .OnIqGet(MessageArchive.Metadata, EntityKind.Account, requests.MetadataAsync)
            .OnIqGet(ArchivePreferences.Name, EntityKind.Account, preferences.GetAsync)
            .OnIqSet(ArchivePreferences.Name, EntityKind.Account, preferences.SetAsync)
            .EvenForNoAccount(MessageArchive.Query)
            .EvenForNoAccount(MessageArchive.Metadata)
            .EvenForNoAccount(ArchivePreferences.Name)
            .Feature(MessageArchive.ExtendedFeature, EntityKind.Account)
            .Feature(MessageArchive.GroupChatFieldFeature, EntityKind.Account)
            .Feature(MessageArchive.FullTextNamespace, EntityKind.Account)
            .Feature(ResultSet.Namespace, EntityKind.Account)
            .Feature(StanzaId.Namespace, EntityKind.Account)
            .Feature(Retraction.Namespace, EntityKind.Account | EntityKind.Server)
            .Feature(Retraction.TombstoneFeature, EntityKind.Account)
            .AtStage(Stage.Archive, keeping.Handle)
            .OnAccountRemoved(Forget);
    }

    private ValueTask Forget(Jid account, FlushSet flush, CancellationToken cancellationToken)
    {
        policies.Forget(account);
        return ValueTask.CompletedTask;
    }
}
