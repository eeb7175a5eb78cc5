using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Parley.Load.Connections;
using Parley.Load.Measurement;

namespace Parley.Load;

/// <summary>The options that every scenario takes.</summary>
internal sealed class LoadOptions
{
    private readonly Option<string> _host = new("--host")
    {
        Description = "IP address of the server.",
        DefaultValueFactory = static _ => "127.0.0.1",
        Recursive = true,
    };

    private readonly Option<int> _port = Number("--port", "TCP port of the server's client streams.", 5222);

    private readonly Option<int> _httpPort = Number("--http-port", "TCP port of the server's WebSocket and BOSH.", 5280);

    private readonly Option<string> _transport = Text("--transport", "What carries the streams: tcp, websocket or bosh.", "tcp");

    private readonly Option<string> _domain = Text("--domain", "The XMPP domain to speak to.", "localhost");

    private readonly Option<string?> _farDomain = new("--far-domain")
    {
        Description = "The domain of each second client, on another server that federates with the first: at --far-host, --port.",
        Recursive = true,
    };

    private readonly Option<string> _farHost = Text("--far-host", "IP address of the server of --far-domain.", "127.0.0.1");

    private readonly Option<int[]> _pids = new("--pid", "--pids")
    {
        Description = "Process ids of the server; CPU and memory are summed over them. Without one, neither is measured.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = static _ => [],
        Recursive = true,
    };

    private readonly Option<int> _storePid = new("--store-pid")
    {
        Description = "Process id of the server's database, whose CPU is measured with that of all its descendants.",
        Recursive = true,
    };

    private readonly Option<int> _clients = Number("--clients", "How many accounts or clients: PREFIX0, PREFIX1, ...", 100);

    private readonly Option<int> _parallel = Number("--parallel", "How many clients connect, log in or register at once.", 16);

    private readonly Option<int> _sources = new("--sources")
    {
        Description = "How many source addresses 127.0.0.x to connect from; 0 takes one per 20,000 clients.",
        Recursive = true,
    };

    private readonly Option<string> _mechanism = Text("--mechanism", "SASL mechanism: PLAIN, SCRAM-SHA-1 or SCRAM-SHA-256.", "PLAIN");

    private readonly Option<bool> _startTls = new("--starttls")
    {
        Description = "Upgrade to TLS before authentication; any certificate is accepted.",
        Recursive = true,
    };

    private readonly Option<bool> _managed = new("--managed") { Description = "Enable stream management (XEP-0198).", Recursive = true };

    private readonly Option<string> _prefix = Text("--user-prefix", "Start of each account's name; lower-case letters and digits.", "load");

    private readonly Option<string> _password = Text("--password", "The password of all accounts.", "correct-horse");

    private readonly Option<int> _timeout = Number("--timeout", "Seconds after which the run is given up, whatever it does.", 120);

    private readonly Option<bool> _json = new("--json") { Description = "Print one line of JSON instead of text.", Recursive = true };

    private readonly Option<string> _server = Text("--server", "Name of the server in the report.", "");

    private readonly Option<string> _name = Text("--name", "Name of the run in the report.", "");

    public LoadOptions()
    {
        _mechanism.AcceptOnlyFromAmong("PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256");
        _transport.AcceptOnlyFromAmong("tcp", "websocket", "bosh");
        foreach (var host in (Option<string>[])[_host, _farHost])
        {
            host.Validators.Add(result =>
            {
                if (!IPAddress.TryParse(result.GetValueOrDefault<string>(), out _))
                    result.AddError($"{host.Name} takes an IP address.");
            });
        }

        _prefix.Validators.Add(static result =>
        {
            var prefix = result.GetValueOrDefault<string>();
            if (prefix is null || !prefix.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)))
                result.AddError("--user-prefix takes lower-case letters and digits.");
        });
    }

    /// <summary>An option that takes a whole number of one or more.</summary>
    public static Option<int> Number(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value, Recursive = true };
        option.Validators.Add(result =>
        {
            // A token that is no number at all is reported by the parser itself.
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var number) && number < 1)
                result.AddError($"{name} takes a number of 1 or more.");
        });
        return option;
    }

    public void AddTo(RootCommand root)
    {
        Option[] all =
        [
            _host, _port, _httpPort, _transport, _domain, _farDomain, _farHost, _pids, _storePid, _clients, _parallel, _sources, _mechanism, _startTls, _managed, _prefix, _password, _timeout,
            _json, _server, _name,
        ];
        foreach (var option in all)
            root.Options.Add(option);
    }

    /// <summary>Makes <paramref name="scenario"/> the action of a command, with a deadline and a printed report.</summary>
    public void Run(Command command, Func<ParseResult, LoadRun, CancellationToken, Task> scenario) =>
        command.SetAction(async (parsed, cancellation) =>
        {
            var timeout = TimeSpan.FromSeconds(parsed.GetValue(_timeout));
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            deadline.CancelAfter(timeout);
            var run = Read(command.Name, parsed);
            try
            {
                await scenario(parsed, run, deadline.Token);
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested)
            {
                run.Report.Fault($"given up after {timeout.TotalSeconds} s");
            }
            catch (Exception fault) when (fault is IOException or LoadException or SocketException or AuthenticationException)
            {
                run.Report.Fault(fault.Message);
            }

            run.Report.Print(Console.Out, parsed.GetValue(_json));
            return run.Report.Succeeded ? 0 : 1;
        });

    private static Option<string> Text(string name, string description, string value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value, Recursive = true };

    private LoadRun Read(string scenario, ParseResult parsed)
    {
        var clients = parsed.GetValue(_clients);
        var sources = parsed.GetValue(_sources);
        var host = IPAddress.Parse(parsed.GetValue(_host)!);
        var target = new Target
        {
            EndPoint = new IPEndPoint(host, parsed.GetValue(_port)),
            HttpEndPoint = new IPEndPoint(host, parsed.GetValue(_httpPort)),
            Transport = Enum.Parse<Transport>(parsed.GetValue(_transport)!, ignoreCase: true),
            Domain = parsed.GetValue(_domain)!,
            Mechanism = parsed.GetValue(_mechanism)!,
            StartTls = parsed.GetValue(_startTls),
            Managed = parsed.GetValue(_managed),
            UserPrefix = parsed.GetValue(_prefix)!,
            Password = parsed.GetValue(_password)!,
            Sources = sources > 0 ? sources : (clients + 19_999) / 20_000,
        };
        var far = parsed.GetValue(_farDomain) is not { } farDomain ? null : target with
        {
            EndPoint = new IPEndPoint(IPAddress.Parse(parsed.GetValue(_farHost)!), target.EndPoint.Port),
            HttpEndPoint = new IPEndPoint(IPAddress.Parse(parsed.GetValue(_farHost)!), target.HttpEndPoint.Port),
            Domain = farDomain,
        };
        var report = new Report();
        report.Add("scenario", scenario);
        report.Add("server", parsed.GetValue(_server)!);
        report.Add("name", parsed.GetValue(_name)!);
        report.Add("clients", clients);
        report.Add("transport", parsed.GetValue(_transport)!);
        report.Add("mechanism", target.Mechanism);
        report.Add("starttls", target.StartTls);
        report.Add("managed", target.Managed);
        return new LoadRun(
            target,
            far,
            clients,
            parsed.GetValue(_parallel),
            new ServerProcesses(parsed.GetValue(_pids)!),
            new ProcessTree(parsed.GetValue(_storePid)),
            report);
    }
}
