using System.Text;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Routing;
using Parley.TestKit;

namespace Parley.Server.Tests.Carbons;

/// <summary>Stanzas that come from elsewhere.</summary>
internal static class RemoteSender
{
    /// <summary>Routes a stanza as if another server had sent it.</summary>
    internal static async Task RouteAsync(this XmppTestServer server, string xml)
    {
        var flush = new FlushSet();
        await server.Get<StanzaRouter>().RouteAsync(
            Stanza.Read(Encoding.UTF8.GetBytes(xml), StanzaContext.Client())!, null, flush, CancellationToken.None);
        flush.Flush();
    }
}
