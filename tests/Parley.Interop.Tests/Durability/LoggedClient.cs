using Parley.Interop.Tests.Chaos;

namespace Parley.Interop.Tests.Durability;

/// <summary>A client of the kill test: it sends at its pace, and knows which of its messages have been acknowledged.</summary>
internal sealed class LoggedClient : IDisposable
{
    private const int Window = 200;
    private readonly HashSet<int> _unverified = [];
    private readonly string _peer;

    internal LoggedClient(string user, string peer, AcknowledgementLog log)
    {
        _peer = peer;
        Client = new ResumingClient(user, peer, Window, requestEvery: 1);
        Client.Outbox.Acknowledged = log.Add;
        Archive = new ArchiveView(user);
    }

    internal ResumingClient Client { get; }

    /// <summary>Its own archive.</summary>
    internal ArchiveView Archive { get; }

    /// <summary>Sends a message for each tick, as long as the server lives.</summary>
    internal async Task TalkAsync(TimeSpan tick, CancellationToken killed)
    {
        using var timer = new PeriodicTimer(tick);
        try
        {
            while (await timer.WaitForNextTickAsync(killed))
            {
                await Client.SendAsync(killed);
            }
        }
        catch (OperationCanceledException)
        {
            // Killed, and told so.
        }
    }

    /// <summary>What was acknowledged since the last call and is not in both archives.</summary>
    internal IReadOnlyList<string> Lost(ArchiveView recipient)
    {
        _unverified.UnionWith(Client.Outbox.TakeAcknowledged());
        string[] lost =
        [
            .. _unverified.Where(number => !Archive.Sent.Contains(number)).Select(number => $"{Client.User}'s {number} from its own archive"),
            .. _unverified.Where(number => !recipient.Received.Contains(number)).Select(number => $"{Client.User}'s {number} from {_peer}'s archive"),
        ];
        _unverified.Clear();
        return lost;
    }

    public void Dispose() => Client.Dispose();
}
