using Parley.Server.Connections.Bosh;
using Parley.TestKit;

namespace Parley.Server.Tests.Bosh;

internal static class EndedSessions
{
    /// <summary>Returns when no session is left: what the heartbeat or the last request found out goes on elsewhere.</summary>
    internal static async Task EndedBoshAsync(this XmppTestServer server)
    {
        using var patience = new CancellationTokenSource(TestClient.Patience);
        while (server.Get<BoshSessions>().Count > 0)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
