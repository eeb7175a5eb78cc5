using System.Collections.Concurrent;
using System.Net;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.Registration;

/// <summary>How often one address may try to register: 5 times in 10 minutes, from the machine itself 200 times.</summary>
/// <remarks>IPv6 addresses count by their /64. 10,000 addresses are remembered; beyond that all are forgotten.</remarks>
internal sealed class RegistrationLimit(TimeProvider time)
{
    private const int Most = 5;
    private const int MostFromLoopback = 100;
    private const int MaxAddresses = 10_000;
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<IPAddress, (int Count, long Since)> _attempts = new();

    /// <summary>Counts an attempt; false when the address has had its share.</summary>
    internal bool TryTake(IPAddress address)
    {
        if (_attempts.Count >= MaxAddresses)
        {
            _attempts.Clear();
        }

        var now = time.GetTimestamp();
        var (count, _) = _attempts.AddOrUpdate(
            AuthenticationThrottle.Network(address),
            _ => (1, now),
            (_, seen) => time.GetElapsedTime(seen.Since, now) > Period ? (1, now) : (seen.Count + 1, seen.Since));
        return count <= (IPAddress.IsLoopback(address) ? MostFromLoopback : Most);
    }
}
