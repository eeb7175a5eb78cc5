using Parley.Protocol.Addressing;

namespace Parley.Server.Storage;

/// <summary>When an account was last seen, and the status text it left with (XEP-0012 §4, RFC 6121 §4.5.3).</summary>
/// <param name="At">Kept to the microsecond.</param>
/// <param name="Status">The status text, or null.</param>
public sealed record LastActivity(DateTimeOffset At, string? Status);

/// <summary>The last logout of accounts.</summary>
public interface ILastActivityStore
{
    /// <summary>The last logout, or null when there was none.</summary>
    ValueTask<LastActivity?> GetAsync(Jid account, CancellationToken cancellationToken);

    /// <summary>Records a logout. May complete before it is durable: a lost one only shows an older time.</summary>
    /// <exception cref="AccountNotFoundException">There is no such account.</exception>
    ValueTask SetAsync(Jid account, LastActivity activity, CancellationToken cancellationToken);
}
