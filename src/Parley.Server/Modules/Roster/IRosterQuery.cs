using Parley.Protocol.Addressing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Roster;

/// <summary>Tells other modules what is in a roster. Answers from memory for accounts in use.</summary>
public interface IRosterQuery
{
    /// <summary>The entry of a contact that the account's user sees, or null.</summary>
    /// <param name="account">The bare JID.</param>
    /// <param name="contact">The contact; its resource does not count.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<RosterItem?> FindAsync(Jid account, Jid contact, CancellationToken cancellationToken);

    /// <summary>All entries that the account's user sees, in no order.</summary>
    ValueTask<IReadOnlyList<RosterItem>> ContactsAsync(Jid account, CancellationToken cancellationToken);
}
