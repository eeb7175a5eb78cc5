using Parley.Protocol.Stanzas;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.Archive;

/// <summary>Tells which messages a session has out of the archive already, so that they need not be delivered a second time (XEP-0313 §6.1.1).</summary>
public interface IGivenMessages
{
    /// <summary>Whether a session caught up with its archive before it became available, and got this message by that.</summary>
    /// <param name="session">The session.</param>
    /// <param name="message">A message for its account, with the stanza-id of the account's archive.</param>
    bool HasGot(ClientSession session, Stanza message);

    /// <summary>Forgets what a session has got: nothing waits for it any more.</summary>
    void Forget(ClientSession session);
}
