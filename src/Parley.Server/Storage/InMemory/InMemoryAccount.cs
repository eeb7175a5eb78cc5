using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;

namespace Parley.Server.Storage.InMemory;

/// <summary>An account with all that it owns, so that all of it goes when the account does. Locked while it is read or changed.</summary>
internal sealed class InMemoryAccount(StoredCredentials credentials)
{
    public StoredCredentials Credentials { get; set; } = credentials;

    public long RosterVersion { get; set; }

    public Dictionary<Jid, RosterItem> Roster { get; } = [];

    public List<Jid> Blocked { get; } = [];

    public SortedList<long, OfflineMessage> OfflineMessages { get; } = [];

    /// <summary>Locked by itself.</summary>
    public SortedList<long, InMemoryArchivedMessage> Archive { get; } = [];

    public Dictionary<(string Kind, string Key), ReadOnlyMemory<byte>> Documents { get; } = [];

    public LastActivity? LastActivity { get; set; }
}
