using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Parley.Server.Sessions;

/// <summary>Slows down guessing: each wrong password from an address delays the answer to the next. No account is ever locked.</summary>
/// <remarks>
/// The first ten failures of an address within ten minutes are answered at once, each further one twice as late as the one
/// before, from one second up to eight. IPv6 addresses count by their /64. 10,000 addresses are remembered; beyond that all are forgotten.
/// </remarks>
public sealed class AuthenticationThrottle(TimeProvider time)
{
    private const int Free = 10;
    private const int MaxDoublings = 3;
    private const int MaxAddresses = 10_000;
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<IPAddress, (int Count, long Last)> _failures = new();

    /// <summary>Counts a failure and waits as long as it has earned.</summary>
    public async Task FailedAsync(IPAddress address, CancellationToken cancellationToken)
    {
        if (_failures.Count >= MaxAddresses)
        {
            _failures.Clear();
        }

        var now = time.GetTimestamp();
        var (count, _) = _failures.AddOrUpdate(
            Network(address),
            _ => (1, now),
            (_, seen) => time.GetElapsedTime(seen.Last, now) > Memory ? (1, now) : (seen.Count + 1, now));
        if (count > Free)
        {
            await Task.Delay(TimeSpan.FromSeconds(1 << Math.Min(count - Free - 1, MaxDoublings)), time, cancellationToken);
        }
    }

    internal static IPAddress Network(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || address.IsIPv4MappedToIPv6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
