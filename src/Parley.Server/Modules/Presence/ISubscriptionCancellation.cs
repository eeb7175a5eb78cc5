using Parley.Protocol.Addressing;
using Parley.Server.Connections;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Presence;

/// <summary>Ends the subscriptions of a roster entry that is gone.</summary>
public interface ISubscriptionCancellation
{
    /// <summary>Tells a contact: unsubscribes from its presence, and takes back, denies or ends what it had of the account's (RFC 6121 §2.5.2).</summary>
    /// <param name="account">The bare JID.</param>
    /// <param name="removed">The entry as it was.</param>
    /// <param name="flush">Where to note the connections that are written to.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask CancelAsync(Jid account, RosterItem removed, FlushSet flush, CancellationToken cancellationToken);
}
