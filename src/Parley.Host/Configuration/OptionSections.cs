using Parley.Server.Connections.Bosh;
using Parley.Server.Connections.WebSockets;
using Parley.Server.Hosting;
using Parley.Server.Modules.Muc;
using Parley.Web.Chat;
using Parley.Web.Discovery;
using Parley.Web.Metrics;

namespace Parley.Host.Configuration;

/// <summary>The options that have a section of their own, by its name: one class for each concern.</summary>
internal sealed class OptionSections
{
    public WebOptions Web { get; set; } = new();

    public XmppWebSocketOptions WebSocket { get; set; } = new();

    public HostMetaOptions HostMeta { get; set; } = new();

    public BoshOptions Bosh { get; set; } = new();

    public MucOptions Muc { get; set; } = new();

    public MetricsOptions Metrics { get; set; } = new();

    public ChatOptions Chat { get; set; } = new();
}
