using Parley.Server.Hosting;
using Parley.Server.Tests.Storage;
using Parley.TestKit;

namespace Parley.Server.Tests.Muc;

/// <summary>The same over a database, whose reads and writes take their time.</summary>
public sealed class RoomRetractionOverSqliteTests : RoomRetractionTests, IDisposable
{
    private readonly SqliteBackend _storage = new();

    public void Dispose() => _storage.Dispose();

    protected override Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null) =>
        XmppTestServer.StartAsync(options, builder => _storage.Register(builder.Services));
}
