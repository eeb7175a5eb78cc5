using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Federation;

/// <summary><c>parley doctor</c>, as a process, against a running server and names that a test made up.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("parley-doctor-").FullName;

    [Fact]
    public async Task A_domain_that_is_well_is_healthy()
    {
        using var time = new TestTime(60);
        await using var server = await ParleyProcess.StartAsync(time.Token, ["--domain", "example.org"]);
        await using var names = await DnsmasqServer.StartAsync(
            [
                "local=/example.org/",
                $"srv-host=_xmpp-client._tcp.example.org,xmpp.example.org,{server.Port},0,5",
                $"srv-host=_xmpps-client._tcp.example.org,xmpp.example.org,{server.DirectTlsPort},10,5",
                "srv-host=_xmpp-server._tcp.example.org",
                "host-record=xmpp.example.org,127.0.0.1",
            ],
            time.Token);

        var (exitCode, findings) = await RunAsync(names.Address.ToString(), Path.Combine(server.Data, "certificates", "example.org.pem"), time.Token);

        Assert.DoesNotContain(findings, static finding => finding.StartsWith("failure", StringComparison.Ordinal));
        Assert.Equal(0, exitCode);
        var (plain, direct) = ($"127.0.0.1:{server.Port}", $"127.0.0.1:{server.DirectTlsPort}");
        Assert.Contains($"ok client port {plain}: reachable", findings);
        Assert.Contains($"ok client starttls {plain}: offered", findings);
        Assert.Contains(findings, finding => finding.StartsWith($"ok client tls {plain}: Tls1", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.StartsWith($"ok client certificate {plain}: for example.org, *.example.org, until ", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.StartsWith($"ok client stream {plain}: opened; it offers ", StringComparison.Ordinal) && finding.Contains("SCRAM-SHA-256", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.StartsWith($"ok client certificate {direct}: for example.org", StringComparison.Ordinal));
        Assert.Contains(findings, static finding => finding.StartsWith("warning server dns", StringComparison.Ordinal) && finding.Contains("no service for servers", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_wrong_is_named_with_what_to_change()
    {
        using var time = new TestTime(60);
        await using var server = await ParleyProcess.StartAsync(time.Token, ["--domain", "example.net"]);
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var closedPort = ((IPEndPoint)closed.LocalEndPoint!).Port;
        var names = Path.Combine(_directory, "names");
        await File.WriteAllTextAsync(
            names,
            $"""
            _xmpp-client._tcp.example.org  SRV 0 5 {server.Port} xmpp.example.org
            _xmpps-client._tcp.example.org SRV 0 5 {server.DirectTlsPort} xmpp.example.org
            _xmpp-server._tcp.example.org  SRV 0 5 {closedPort} xmpp.example.org
            _xmpps-server._tcp.example.org SRV 0 5 5270 nowhere.example.org
            xmpp.example.org A 127.0.0.1
            """,
            time.Token);

        var (exitCode, findings) = await RunAsync(names, null, time.Token);

        Assert.Equal(1, exitCode);
        Assert.Contains(findings, finding => finding == $"failure client stream 127.0.0.1:{server.Port}: refused with host-unknown"
            + " => the server there does not host example.org: Domains (--domain), or the records of example.org");
        Assert.Contains(findings, finding => finding.StartsWith($"failure client certificate 127.0.0.1:{server.DirectTlsPort}: it has signed itself => ", StringComparison.Ordinal)
            && !finding.Contains("Federation:Authorities", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding == $"failure client certificate 127.0.0.1:{server.DirectTlsPort}: it is for example.net, *.example.net, not for example.org"
            + " => a certificate with the name example.org: Certificates (--certificate)");
        Assert.Contains($"failure server port 127.0.0.1:{closedPort}: refused: nothing listens there"
            + " => start the server there with S2sPort (--s2s-port), or correct the port of '_xmpp-server._tcp.example.org SRV'", findings);
        Assert.Contains("failure server dns nowhere.example.org A and AAAA: there is no such name"
            + " => add an A or AAAA record for nowhere.example.org, or correct the target of '_xmpps-server._tcp.example.org SRV'", findings);
    }

    [Fact]
    public async Task Without_records_a_closed_port_is_to_be_opened_or_a_record_added()
    {
        using var time = new TestTime(60);
        var names = Path.Combine(_directory, "names");

        // An address of loopback at which no test listens.
        await File.WriteAllTextAsync(names, "example.org A 127.77.77.77\n", time.Token);

        var (exitCode, findings) = await RunAsync(names, null, time.Token);

        Assert.Equal(1, exitCode);
        Assert.Contains("failure client port 127.77.77.77:5222: refused: nothing listens there"
            + " => start the server there with C2sPort (--c2s-port) 5222, or add the record '_xmpp-client._tcp.example.org. SRV 0 5 PORT example.org.' with the port that it has", findings);
        Assert.Contains("failure server port 127.77.77.77:5269: refused: nothing listens there"
            + " => start the server there with S2sPort (--s2s-port) 5269, or add the record '_xmpp-server._tcp.example.org. SRV 0 5 PORT example.org.' with the port that it has", findings);
    }

    [Fact]
    public async Task A_domain_without_accounts_needs_nothing_for_clients_and_one_for_servers_needs_a_record()
    {
        using var time = new TestTime(60);
        var names = Path.Combine(_directory, "names");
        await File.WriteAllTextAsync(names, "", time.Token);

        var (exitCode, findings) = await RunAsync(names, null, time.Token);

        Assert.Equal(1, exitCode);
        Assert.Equal(4, findings.Count);
        Assert.StartsWith("warning client dns example.org A and AAAA: there is no such name: no client gets here", findings[1], StringComparison.Ordinal);
        Assert.Equal(
            "failure server dns example.org A and AAAA: there is no such name"
            + " => add the record '_xmpp-server._tcp.example.org. SRV 0 5 5269 HOST.', or an A or AAAA record for example.org",
            findings[3]);
    }

    [Fact]
    public async Task A_domain_of_rooms_has_no_accounts_and_that_is_no_failure()
    {
        using var time = new TestTime(60);
        await using var server = await ParleyProcess.StartAsync(time.Token, ["--domain", "example.org"]);
        var names = Path.Combine(_directory, "names");
        string[] records =
        [
            $"_xmpp-client._tcp.conference.example.org SRV 0 5 {server.Port} conference.example.org", "_xmpp-server._tcp.conference.example.org SRV 0 0 0 .",
            "conference.example.org A 127.0.0.1",
        ];
        await File.WriteAllLinesAsync(names, records, time.Token);
        await using var doctor = RunningProgram.Start("dotnet", [Repository.Parley, "doctor", "conference.example.org", "--resolver", names]);

        var (exitCode, lines) = await doctor.EndAsync(time.Token);

        Assert.Contains(lines, static line => line.StartsWith("  warning  client", StringComparison.Ordinal) && line.EndsWith("conference.example.org has no accounts there", StringComparison.Ordinal));
        Assert.Equal("conference.example.org: healthy", lines[0]);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task People_get_lines_and_JSON_only_when_they_ask_for_it()
    {
        using var time = new TestTime(60);
        var names = Path.Combine(_directory, "names");
        await File.WriteAllTextAsync(names, "_xmpp-client._tcp.example.org SRV 0 0 0 .\n_xmpp-server._tcp.example.org SERVFAIL\n", time.Token);
        await using var doctor = RunningProgram.Start("dotnet", [Repository.Parley, "doctor", "example.org", "--resolver", names]);

        var (exitCode, lines) = await doctor.EndAsync(time.Token);

        Assert.Equal(1, exitCode);
        Assert.Equal("example.org: something is wrong", lines[0]);
        Assert.StartsWith("  warning  client  dns          _xmpp-client._tcp.example.org and _xmpps-client._tcp.example.org SRV: ", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("change: the name servers of example.org, or the one that was asked: Federation:Resolver (--resolver)", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Localhost_is_healthy_as_it_was_made_at_the_first_start()
    {
        using var time = new TestTime(60);
        await using var server = await ParleyProcess.StartAsync(time.Token);
        var names = Path.Combine(_directory, "names");
        await File.WriteAllTextAsync(names, $"_xmpp-client._tcp.localhost SRV 0 5 {server.Port} localhost\nlocalhost A 127.0.0.1\n", time.Token);
        await using var doctor = RunningProgram.Start("dotnet", [Repository.Parley, "doctor", "--resolver", names, "--data", server.Data]);

        var (exitCode, lines) = await doctor.EndAsync(time.Token);

        Assert.Equal("localhost: healthy", lines[0]);
        Assert.Equal(0, exitCode);
        Assert.Contains(lines, static line => line.StartsWith("  warning  client  certificate", StringComparison.Ordinal) && line.EndsWith("it has signed itself", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("  ok       server  dns          localhost: this machine alone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_domain_it_looks_at_those_of_rooms_and_components_too_as_other_servers_do()
    {
        using var time = new TestTime(60);
        var names = Path.Combine(_directory, "names");
        await File.WriteAllTextAsync(names, "", time.Token);
        string[] arguments = [Repository.Parley, "doctor", "--domain", "example.org", "--component", $"irc.example.org={new string('s', 16)}", "--resolver", names];
        await using var doctor = RunningProgram.Start("dotnet", [.. arguments, "--data", _directory]);
        await using var alone = RunningProgram.Start("dotnet", [.. arguments, "--data", _directory, "--s2s-port", "off", "--s2s-tls-port", "off"]);

        var (_, lines) = await doctor.EndAsync(time.Token);
        var (_, without) = await alone.EndAsync(time.Token);

        Assert.Equal(["example.org", "conference.example.org", "irc.example.org"], Domains(lines));
        Assert.Equal(["example.org"], Domains(without));

        // Nobody has an account at rooms: no client looks for them.
        Assert.Single(lines, static line => line.Contains(" client  dns ", StringComparison.Ordinal) && line.Contains("_xmpp-client", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("  failure  server  dns          conference.example.org A and AAAA: there is no such name", StringComparison.Ordinal));
        Assert.Contains(without, static line => line.StartsWith("  warning  server  dns          example.org: no other server is listened for", StringComparison.Ordinal));

        static IEnumerable<string> Domains(IEnumerable<string> lines) =>
            lines.Where(static line => !line.StartsWith(' ')).Select(static line => line.Split(':')[0]);
    }

    [Theory]
    [InlineData("--help", "  doctor [DOMAIN...]  Look at a domain from outside", "  serve               Run the server.")]
    [InlineData("user --help", "  list [DOMAIN]   List the accounts", "  add <JID>       Create an account.")]
    [InlineData("doctor --help", "  parley doctor [<DOMAIN>...] [options]", "  --from <DOMAIN> ")]
    public async Task The_help_shows_what_may_be_left_out(string arguments, string line, string another)
    {
        using var time = new TestTime(60);
        await using var help = RunningProgram.Start("dotnet", [Repository.Parley, .. arguments.Split(' ')]);

        var (exitCode, lines) = await help.EndAsync(time.Token);

        Assert.Equal(0, exitCode);
        Assert.Contains(lines, shown => shown.StartsWith(line, StringComparison.Ordinal));
        Assert.Contains(lines, shown => shown.StartsWith(another, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("doctor example.net --from example.net", "--from: example.net is not among Domains (--domain) (localhost); give this command the options that the server has.")]
    [InlineData("doctor --from a_b@c", "'a_b@c' is no domain name; it takes a name such as 'example.org'.")]
    [InlineData("doctor a_b@c", "'a_b@c' is no domain name; it takes a name such as 'example.org'.")]
    [InlineData("doctor --resolver nowhere", "Federation:Resolver (--resolver): 'nowhere' cannot be read; it takes 'system', a server's address such as 127.0.0.1:53, or the path of a file of fixed answers.")]
    public async Task What_is_not_understood_exits_with_2(string arguments, string line)
    {
        using var time = new TestTime(60);
        await using var doctor = RunningProgram.Start("dotnet", [Repository.Parley, .. arguments.Split(' ')]);

        var (exitCode, _) = await doctor.EndAsync(time.Token);

        Assert.Equal(2, exitCode);
        Assert.Equal($"parley: {line}", doctor.Transcript.Trim());
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task<(int ExitCode, IReadOnlyList<string> Findings)> RunAsync(string resolver, string? authorities, CancellationToken cancellationToken)
    {
        await using var doctor = RunningProgram.Start(
            "dotnet",
            [Repository.Parley, "doctor", "example.org", "--json", "--resolver", resolver],
            authorities is null ? null : new Dictionary<string, string> { ["PARLEY__FEDERATION__AUTHORITIES"] = authorities });
        var (exitCode, lines) = await doctor.EndAsync(cancellationToken);
        using var json = JsonDocument.Parse(string.Join('\n', lines));
        Assert.Equal(exitCode == 0, json.RootElement.GetProperty("healthy").GetBoolean());
        var domain = Assert.Single(json.RootElement.GetProperty("domains").EnumerateArray());
        Assert.Equal("example.org", domain.GetProperty("domain").GetString());
        return (exitCode, [.. domain.GetProperty("findings").EnumerateArray().Select(static finding =>
            $"{Text(finding, "level")} {Text(finding, "service")} {Text(finding, "check")} {Text(finding, "subject")}: {Text(finding, "text")}"
            + (Text(finding, "change") is { } change ? $" => {change}" : ""))]);
    }

    private static string? Text(JsonElement finding, string key) => finding.GetProperty(key).GetString();
}
