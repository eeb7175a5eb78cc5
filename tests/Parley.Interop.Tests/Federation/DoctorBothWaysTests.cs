using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Federation;

/// <summary><c>parley doctor</c> in the name of one server to another: two processes of Parley, and what is wrong between them.</summary>
public sealed class DoctorBothWaysTests : IDisposable
{
    private const string Own = "a.example";
    private const string Other = "b.example";
    private const string OwnRecord = "_xmpp-server._tcp.a.example SRV";
    private readonly string _directory = Directory.CreateTempSubdirectory("parley-both-").FullName;
    private readonly (int Own, int Other) _ports = (FreePort(), FreePort());

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Servers_that_reach_and_recognise_each_other_are_healthy()
    {
        using var time = new TestTime(90);
        await using var own = await StartAsync(Own, _ports.Own, time.Token);
        await using var other = await StartAsync(Other, _ports.Other, time.Token);

        var (exitCode, findings) = await RunAsync(own.Data, other, time.Token);

        Assert.DoesNotContain(findings, static finding => finding.StartsWith("failure", StringComparison.Ordinal));
        Assert.Equal(0, exitCode);
        Assert.Contains($"ok own 127.0.0.1:{_ports.Own}: a.example confirms the keys of this server", findings);
        Assert.Contains($"ok dialback 127.0.0.1:{_ports.Other}: b.example came to a.example, asked about the key, and takes what a.example sends", findings);
        Assert.Contains($"ok question 127.0.0.1:{_ports.Other}: asked about a key that it has not made, b.example says so: its own can be verified", findings);
        Assert.Contains($"ok policy 127.0.0.1:{_ports.Other}: the certificate of b.example is enough here", findings);
        Assert.Contains(findings, static finding => finding.StartsWith("warning external", StringComparison.Ordinal) && finding.EndsWith("Certificates (--certificate)", StringComparison.Ordinal));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Path.Combine(own.Data, "dialback.secret")) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public async Task A_certificate_that_the_other_trusts_is_taken_even_where_nothing_else_is()
    {
        using var time = new TestTime(90);
        await using var own = await StartAsync(Own, _ports.Own, time.Token);
        var authority = Path.Combine(own.Data, "certificates", $"{Own}.pem");
        await using var other = await StartAsync(Other, _ports.Other, time.Token, new { Federation = new { Authorities = authority, Policy = new { RequireCertificate = true } } });

        var (exitCode, findings) = await RunAsync(own.Data, other, time.Token);

        Assert.Equal(0, exitCode);
        Assert.Contains($"ok external 127.0.0.1:{_ports.Other}: b.example takes the certificate of a.example", findings);

        // Without it, to see whether the other comes back: it asks for one.
        Assert.Contains(findings, static finding => finding.StartsWith("warning dialback", StringComparison.Ordinal) && finding.Contains("takes the certificate and no key", StringComparison.Ordinal));

        var (none, without) = await RunAsync(_directory, other, time.Token);
        Assert.Equal(0, none);
        Assert.Contains(without, static finding => finding.StartsWith("warning external", StringComparison.Ordinal) && finding.Contains("there is no certificate for a.example here", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_does_not_find_the_way_back_says_so()
    {
        using var time = new TestTime(90);
        await using var own = await StartAsync(Own, _ports.Own, time.Token);
        var names = Path.Combine(_directory, "elsewhere");
        await File.WriteAllTextAsync(names, "b.example A 127.0.0.1\n", time.Token);
        await using var other = await StartAsync(Other, _ports.Other, time.Token, names: names);

        var (exitCode, findings) = await RunAsync(own.Data, other, time.Token);

        Assert.Equal(1, exitCode);
        Assert.Contains(findings, static finding => finding.StartsWith("ok own", StringComparison.Ordinal));
        Assert.Contains(findings, static finding => finding.StartsWith("failure dialback", StringComparison.Ordinal)
            && finding.Contains("b.example does not reach a.example, or gets no answer there (remote-connection-failed)", StringComparison.Ordinal)
            && finding.Contains("S2sPort (--s2s-port)", StringComparison.Ordinal) && finding.Contains(OwnRecord, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_data_directory_has_another_secret_and_none_has_none()
    {
        using var time = new TestTime(90);
        await using var own = await StartAsync(Own, _ports.Own, time.Token);
        await using var other = await StartAsync(Other, _ports.Other, time.Token);

        var (wrong, findings) = await RunAsync(other.Data, other, time.Token);
        Assert.Equal(1, wrong);
        Assert.Contains(findings, static finding => finding.StartsWith("failure own", StringComparison.Ordinal)
            && finding.Contains("the data directory (--data)", StringComparison.Ordinal) && finding.Contains("Federation:DialbackSecret", StringComparison.Ordinal));

        var (none, without) = await RunAsync(_directory, other, time.Token);
        Assert.Equal(0, none);
        Assert.Contains(without, static finding => finding.StartsWith("warning dialback", StringComparison.Ordinal) && finding.Contains("--data DIR", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_has_no_exchange_with_ours_and_one_that_we_have_none_with_are_named_by_their_settings()
    {
        using var time = new TestTime(90);
        await using var own = await StartAsync(Own, _ports.Own, time.Token);
        await using var other = await StartAsync(
            Other, _ports.Other, time.Token, new { Federation = new { Policies = new Dictionary<string, object> { [Own] = new { Allow = false } } } });

        var (exitCode, findings) = await RunAsync(own.Data, other, time.Token, "PARLEY__FEDERATION__POLICY__ALLOW");

        Assert.Equal(1, exitCode);
        Assert.Contains(findings, static finding => finding.StartsWith("failure dialback", StringComparison.Ordinal)
            && finding.Contains("policy-violation", StringComparison.Ordinal) && finding.Contains("Federation:Policies:a.example:Allow", StringComparison.Ordinal));
        Assert.Contains(findings, static finding => finding.StartsWith("failure policy", StringComparison.Ordinal) && finding.EndsWith(" => Federation:Policy:Allow", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_the_server_has_stopped_its_secret_has_gone_with_it()
    {
        using var time = new TestTime(90);
        await using var other = await StartAsync(Other, _ports.Other, time.Token);
        var file = Path.Combine(other.Data, "dialback.secret");
        Assert.True(File.Exists(file));

        await other.StopAsync(time.Token);

        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task A_domain_that_is_blocked_here_does_not_come_back_for_that_reason()
    {
        using var time = new TestTime(90);
        await using var own = await StartAsync(Own, _ports.Own, time.Token, new { Federation = new { Policies = new Dictionary<string, object> { [Other] = new { Allow = false } } } });
        await using var other = await StartAsync(Other, _ports.Other, time.Token);

        var (exitCode, findings) = await RunAsync(own.Data, other, time.Token, "PARLEY__FEDERATION__POLICIES__b.example__ALLOW");

        Assert.Equal(1, exitCode);
        Assert.Contains(findings, static finding => finding.StartsWith("failure dialback", StringComparison.Ordinal)
            && finding.Contains("there is no exchange with b.example here", StringComparison.Ordinal) && finding.Contains("=> Federation:Policies:b.example:Allow", StringComparison.Ordinal));
        Assert.DoesNotContain(findings, static finding => finding.Contains("S2sPort", StringComparison.Ordinal));
    }

    private async Task<ParleyProcess> StartAsync(string domain, int port, CancellationToken cancellationToken, object? configuration = null, string? names = null)
    {
        var known = Path.Combine(_directory, "names");
        await File.WriteAllTextAsync(
            known,
            $"""
            _xmpp-server._tcp.a.example SRV 0 5 {_ports.Own} host.example
            _xmpp-server._tcp.b.example SRV 0 5 {_ports.Other} host.example
            b.example A 127.0.0.1
            host.example A 127.0.0.1
            """,
            cancellationToken);
        var file = Path.Combine(_directory, $"{domain}.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(configuration ?? new { }), cancellationToken);
        return await ParleyProcess.StartAsync(
            cancellationToken,
            ["--config", file, "--domain", domain, "--s2s-port", $"{port}", "--s2s-tls-port", "off", "--resolver", names ?? known]);
    }

    private async Task<(int ExitCode, IReadOnlyList<string> Findings)> RunAsync(string data, ParleyProcess other, CancellationToken cancellationToken, string? isFalse = null)
    {
        var environment = new Dictionary<string, string> { ["PARLEY__FEDERATION__AUTHORITIES"] = Path.Combine(other.Data, "certificates", $"{Other}.pem") };
        if (isFalse is not null)
        {
            environment[isFalse] = "false";
        }

        await using var doctor = RunningProgram.Start(
            "dotnet",
            [Repository.Parley, "doctor", Other, "--json", "--from", Own, "--domain", Own, "--data", data, "--resolver", Path.Combine(_directory, "names")],
            environment);
        var (exitCode, lines) = await doctor.EndAsync(cancellationToken);
        using var json = JsonDocument.Parse(string.Join('\n', lines));
        Assert.Equal(exitCode == 0, json.RootElement.GetProperty("healthy").GetBoolean());
        var domain = Assert.Single(json.RootElement.GetProperty("domains").EnumerateArray());
        Assert.Equal((Other, Own), (domain.GetProperty("domain").GetString(), domain.GetProperty("from").GetString()));
        var findings = domain.GetProperty("findings").EnumerateArray().ToList();

        // What the other's clients meet is its operator's business, and no failure here.
        Assert.Contains(findings, static finding => Text(finding, "service") == "client");
        Assert.DoesNotContain(findings, static finding => Text(finding, "service") == "client" && Text(finding, "level") == "failure");
        return (exitCode, [.. findings.Where(static finding => Text(finding, "service") == "server").Select(static finding =>
            $"{Text(finding, "level")} {Text(finding, "check")} {Text(finding, "subject")}: {Text(finding, "text")}{(Text(finding, "change") is { } change ? $" => {change}" : "")}")]);
    }

    private static string? Text(JsonElement finding, string key) => finding.GetProperty(key).GetString();

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
