using System.CommandLine;
using Parley.Load;
using Parley.Load.Measurement;
using Parley.Load.Scenarios;
using Parley.Load.Scenarios.Rooms;

// Read by the runtime when the first socket is made: one epoll thread that also runs what awaits a socket, which spares a
// thread switch per read. A choice made outside is left alone.
SetUnlessChosen("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
SetUnlessChosen("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "1");

var options = new LoadOptions();
var root = new RootCommand("Puts load on an XMPP server over plain client connections, WebSocket or BOSH, and measures the server from outside.")
{
    RegisterScenario.Command(options),
    LoginScenario.Command(options),
    IdleScenario.Command(options),
    ServersScenario.Command(options),
    ChatScenario.Command(options),
    RoomsScenario.Command(options),
    JoinScenario.Command(options),
    HistoryScenario.Command(options),
    FillScenario.Command(options),
    ComparisonTable.Command(),
    WebGoals.Command(),
};
options.AddTo(root);
return await root.Parse(args).InvokeAsync();

static void SetUnlessChosen(string name, string value)
{
    if (Environment.GetEnvironmentVariable(name) is null)
        Environment.SetEnvironmentVariable(name, value);
}
