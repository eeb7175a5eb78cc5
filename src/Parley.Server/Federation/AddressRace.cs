using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Parley.Server.Federation;

/// <summary>Connects to one host by whichever of its addresses is there first (RFC 8305 §5): an address begins when the one before failed, or <see cref="Stagger"/> after it.</summary>
public sealed class AddressRace(IConnectionFactory connections, TimeProvider time)
{
    /// <summary>How long an address is waited for before the next one begins beside it (RFC 8305 §8 recommends 250 ms).</summary>
    public static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    /// <summary>Connects, and ends what is not needed any more.</summary>
    /// <param name="addresses">The addresses in order.</param>
    /// <param name="steps">Gets what came of each.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connection, or null, and then whether an address did not answer in time.</returns>
    internal async ValueTask<(ConnectionContext? Connection, IPEndPoint? Address, bool TimedOut)> RunAsync(
        IReadOnlyList<IPEndPoint> addresses, List<LookupStep> steps, CancellationToken cancellationToken)
    {
        using var race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var open = new List<Task<Attempt>>();
        var begun = 0;
        var timedOut = false;
        try
        {
            while (begun < addresses.Count || open.Count > 0)
            {
                if (begun < addresses.Count)
                {
                    open.Add(ConnectAsync(addresses[begun++], race.Token));
                }

                if (await NextAsync(open, begun < addresses.Count, cancellationToken) is not { } ended)
                {
                    continue;
                }

                open.Remove(ended);
                var attempt = await ended;
                steps.Add(new LookupStep(attempt.Address.ToString(), attempt.Problem ?? "connected"));
                timedOut |= attempt.TimedOut;
                if (attempt.Connection is not null)
                {
                    return (attempt.Connection, attempt.Address, false);
                }
            }

            return (null, null, timedOut);
        }
        finally
        {
            await race.CancelAsync();
            open.ForEach(static late => _ = DiscardAsync(late));
        }
    }

    /// <summary>The next attempt that ends; null when it is another's turn to begin before.</summary>
    private async ValueTask<Task<Attempt>?> NextAsync(List<Task<Attempt>> open, bool areMore, CancellationToken cancellationToken)
    {
        var any = Task.WhenAny(open);
        if (!areMore)
        {
            return await any.WaitAsync(cancellationToken);
        }

        try
        {
            return await any.WaitAsync(Stagger, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private async Task<Attempt> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        try
        {
            return new Attempt(address, await connections.ConnectAsync(address, cancellationToken), null, false);
        }
        catch (SocketException e)
        {
            return new Attempt(address, null, e.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => "refused: nothing listens there",
                SocketError.TimedOut => "no answer",
                SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable => "unreachable from here",
                _ => e.Message,
            }, e.SocketErrorCode == SocketError.TimedOut);
        }
        catch (OperationCanceledException)
        {
            return new Attempt(address, null, "given up", false);
        }
    }

    // It may have been connected in the moment in which another was.
    private static async Task DiscardAsync(Task<Attempt> late)
    {
        if (await late is { Connection: { } connection })
        {
            await connection.DisposeAsync();
        }
    }

    private sealed record Attempt(IPEndPoint Address, ConnectionContext? Connection, string? Problem, bool TimedOut);
}
