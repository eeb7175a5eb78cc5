using Parley.Protocol.Addressing;

namespace Parley.Server.Modules.Blocking;

/// <summary>Tells whom an account has blocked (XEP-0191): for modules that write to contacts on an account's behalf.</summary>
public interface IBlockLists
{
    /// <summary>Whether an account has blocked an address; never its own. Mostly completed at once.</summary>
    /// <param name="account">The bare JID.</param>
    /// <param name="other">Any address.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<bool> IsBlockedAsync(Jid account, Jid other, CancellationToken cancellationToken);
}
