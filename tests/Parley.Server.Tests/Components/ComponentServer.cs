using Parley.Server.Hosting;
using Parley.Server.Sessions.Components;
using Parley.TestKit;

namespace Parley.Server.Tests.Components;

/// <summary>A server that has components in its configuration.</summary>
internal static class ComponentServer
{
    internal const string Plays = "plays.example.org";
    internal const string Secret = "a secret of 16 b";

    internal static Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null, ComponentPrivileges? privileges = null) => XmppTestServer.StartAsync(server =>
    {
        server.Components[Plays] = new ComponentOptions { Secret = Secret, Privileges = privileges };
        options?.Invoke(server);
    });
}
