using Parley.Protocol.Addressing;

namespace Parley.Server.Modules.Roster;

/// <summary>Serialises what is done to an account. Whoever holds one lock never asks for a second.</summary>
/// <remarks>A fixed number of locks, shared by accounts with the same hash: memory does not grow with accounts.</remarks>
internal sealed class StripedLocks
{
    private const int Stripes = 256;
    private readonly SemaphoreSlim[] _stripes = [.. Enumerable.Range(0, Stripes).Select(static _ => new SemaphoreSlim(1))];

    /// <summary>Waits for the account's lock; disposing the result gives it up.</summary>
    internal ValueTask<Held> EnterAsync(Jid account, CancellationToken cancellationToken)
    {
        var stripe = _stripes[(uint)account.GetHashCode() % Stripes];
        var entered = stripe.WaitAsync(cancellationToken);
        return entered.IsCompletedSuccessfully ? new(new Held(stripe)) : WaitAsync(entered, stripe);

        static async ValueTask<Held> WaitAsync(Task entered, SemaphoreSlim stripe)
        {
            await entered;
            return new Held(stripe);
        }
    }

    internal readonly struct Held(SemaphoreSlim stripe) : IDisposable
    {
        public void Dispose() => stripe.Release();
    }
}
