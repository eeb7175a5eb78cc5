using Parley.Protocol.Addressing;

namespace Parley.Server.Routing;

/// <summary>Decides who may learn that an account exists and what it does: to all others it must look like one that does not exist (RFC 6121 §8.5.1).</summary>
public interface IAccountVisibility
{
    /// <summary>Whether the account has let the viewer have its presence: a subscription of <c>from</c> or <c>both</c>, or the account itself.</summary>
    /// <param name="account">The bare JID.</param>
    /// <param name="viewer">Who asks; the resource does not count.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<bool> IsVisibleAsync(Jid account, Jid viewer, CancellationToken cancellationToken);
}
