using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using Parley.Interop.Tests.Federation.Servers;
using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Federation;

/// <summary>Whatever <c>parley doctor</c> may find wrong between servers: a domain for each, and one run for all of them.</summary>
public sealed partial class DoctorTableTests : IDisposable
{
    private const string Own = "own.example";
    private const string NotAuthorized = "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
    private const string NoPolicy = "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
    private const string HostUnknown = "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
    private const string External = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms></stream:features>";
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly string _directory = Directory.CreateTempSubdirectory("parley-table-").FullName;
    private readonly Dictionary<string, string?> _environment = [];
    private readonly List<Case> _cases = [];
    private readonly X509Certificate2 _authority;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public DoctorTableTests()
    {
        var request = new CertificateRequest("CN=Authority of a table", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow - (10 * Day), DateTimeOffset.UtcNow + (40 * Day));
    }

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_directory, recursive: true);
        foreach (var one in _cases)
        {
            one.Server?.Certificate?.Dispose();
        }

        _key.Dispose();
    }

    [Fact]
    public async Task What_is_wrong_on_the_way_is_found_and_each_failure_names_what_to_change()
    {
        Add("servfail", "{0} SERVFAIL", null, "failure dns: failed => Federation:Resolver (--resolver)");
        Add("silent", "{0} TIMEOUT", null, "warning dns: no answer => Federation:Resolver (--resolver); a firewall", "failure dns: no answer => Federation:Resolver (--resolver); a firewall before it (port 53, UDP and TCP)");
        Add("none", "", null, "failure dns: there is no such record => add the record '_xmpp-server._tcp.none.example. SRV 0 5 5269 HOST.'");
        Add("dangling", "_xmpp-server._tcp.{0} SRV 0 5 5269 no.host.example", null, "failure dns: there is no such name => add an A or AAAA record for no.host.example");
        Add("silenthost", "_xmpp-server._tcp.{0} SRV 0 5 5269 h.{0}\nh.{0} TIMEOUT", null, "ok dns: 0 5 5269 h.", "failure dns: no answer => a firewall before it");
        Add("linklocal", "{0} A 169.254.7.7", null, "failure port: not allowed to connect => Federation:AllowPrivateAddresses");
        Add("refused", $"_xmpp-server._tcp.{{0}} SRV 0 5 {ClosedPort()} host.example", null, "failure port: refused => S2sPort (--s2s-port), or correct the port of '_xmpp-server._tcp.refused.example SRV'");
        Add("web", null, new() { Instead = "HTTP/1.1 400 Bad Request\r\n\r\n" }, "failure stream:  => what listens there: S2sPort (--s2s-port)");
        Add("gone", null, new() { Instead = "" }, "failure stream: the connection ended => S2sPort (--s2s-port)");
        Add("unknown", null, new() { Features = HostUnknown }, "failure stream: refused with host-unknown => Domains (--domain)");
        Add("featureless", null, new() { Features = "<message/>" }, "failure stream: no stream features => S2sPort (--s2s-port)");
        Add("plain", null, new() { Features = "<stream:features/>" }, "failure starttls: not offered => Certificates (--certificate)");
        Add("unwilling", null, new() { Proceed = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>" }, "failure starttls: refused when it is asked for => S2sPort");
        Add("broken", null, new(), "failure tls:  => Certificates (--certificate), Keys (--key)");
        Add("afterwards", null, new() { Certificate = Issue("afterwards"), SecureFeatures = "</stream:stream>" }, "ok certificate: for afterwards.example", "failure stream: the stream ended => S2sPort (--s2s-port)");
        _environment["PARLEY__FEDERATION__POLICIES__clear.example__REQUIRETLS"] = "false";
        Add("clear", null, new() { Features = "<stream:features/>" }, "warning starttls: can be read on its way => Certificates (--certificate)");

        await ExamineAsync(from: null);
    }

    [Fact]
    public async Task A_certificate_that_does_not_do_is_a_failure_where_one_is_asked_for_and_else_dialback_is_used()
    {
        foreach (var (kind, certificate, text) in new (string, Func<string, X509Certificate2>, string)[]
        {
            ("selfsigned", name => Issue(name, self: true), "it has signed itself"),
            ("expired", name => Issue(name, from: -3, to: -1), "has expired"),
            ("future", name => Issue(name, from: 1, to: 3), "is not valid yet"),
            ("other", static name => throw new InvalidOperationException(), "it is for elsewhere.example, not for other"),
            ("usage", name => Issue(name, usage: "1.3.6.1.5.5.7.3.2"), "it is not for servers"),
        })
        {
            foreach (var (suffix, setting) in new[] { ("", null), ("strict", "REQUIRECERTIFICATE"), ("keyless", "ALLOWDIALBACK") })
            {
                var name = kind + suffix;
                var server = new ScriptedServer { Certificate = kind == "other" ? Issue("elsewhere") : certificate(name) };
                if (setting is null)
                {
                    Add(name, null, server, $"warning certificate: {text} => Certificates (--certificate)", "ok stream: opened");
                    continue;
                }

                _environment[$"PARLEY__FEDERATION__POLICIES__{name}.example__{setting}"] = setting == "REQUIRECERTIFICATE" ? "true" : "false";
                var key = setting == "REQUIRECERTIFICATE" ? "RequireCertificate" : "AllowDialback";
                Add(name, null, server, $"failure certificate: {text} => what is asked of {name}.example: Federation:Policies:{name}.example:{key}");
            }
        }

        await ExamineAsync(from: null);
    }

    [Fact]
    public async Task What_goes_wrong_between_the_two_is_found_and_each_failure_names_what_to_change()
    {
        _environment["PARLEY__FEDERATION__DIALBACK_SECRET"] = new string('s', 32);
        _environment["PARLEY__FEDERATION__CONNECT_DEADLINE"] = "00:00:03";
        await using var own = new ScriptedServer { Certificate = Issue("own"), Question = "valid" };
        Both("good", new(), "ok own: confirms", "ok dialback: takes what own.example sends", "ok question: its own can be verified", "ok policy: the certificate of good.example is enough");
        Both("invalid", new() { Key = "invalid" }, "failure dialback: does not know the key => '_xmpp-server._tcp.own.example SRV' as invalid.example sees it");
        Both("notserved", new() { Key = "item-not-found" }, "failure dialback: is not served there => Domains (--domain)");
        Both("noway", new() { Key = "remote-connection-failed" }, "failure dialback: does not reach own.example => S2sPort (--s2s-port), the firewall before it");
        Both("nocert", new() { Key = "not-authorized" }, "failure dialback: asks for a certificate => Certificates (--certificate)");
        Both("taken", new() { Key = "not-authorized", SecureFeatures = External }, "warning external: not tried: there is no certificate => --data", "failure dialback: asks for a certificate => Certificates");
        Both("nopolicy", new() { Key = "policy-violation" }, "failure dialback: has no exchange with own.example => Federation:Policies:own.example:Allow");
        Both("busy", new() { Key = "resource-constraint" }, "warning dialback: too much to do => try again later");
        Both("strange", new() { Key = "gone" }, "failure dialback: does not take own.example: gone => S2sPort (--s2s-port)");
        Both("mute", new() { Key = "" }, "failure dialback: no answer within 3 s => S2sPort (--s2s-port)");
        Both("nonsense", new() { Key = "<message/>", Question = "<db:verify type='maybe'/>" }, "failure dialback: <message/> => S2sPort", "failure question: no type that there is => the server of nonsense.example");
        Both("yes", new() { Question = "valid" }, "failure question: anybody can speak in its name => Federation:Policies:yes.example:RequireCertificate");
        Both("dumb", new() { Question = "item-not-found" }, "failure question: does not say => Domains (--domain)");
        Both("closed", new() { SecureFeatures = NotAuthorized }, "failure external: refuses the certificate => Certificates (--certificate)", "warning dialback: not tried => whoever runs closed.example");
        Both("shut", new() { SecureFeatures = NoPolicy }, "failure external: no exchange => Federation:Policies:own.example:Allow", "failure dialback: no exchange => Federation:Policies:own.example:Allow");
        Both("ended", new() { SecureFeatures = "</stream:stream>" }, "failure external: the stream ended => Certificates (--certificate)");
        _environment["PARLEY__FEDERATION__POLICIES__blocked.example__ALLOW"] = "false";
        Both("blocked", new() { Key = "remote-server-timeout" }, "failure dialback: there is no exchange with blocked.example here, so it was refused when it came => Federation:Policies:blocked.example:Allow", "failure policy: there is no exchange => Federation:Policies:blocked.example:Allow");
        _environment["PARLEY__FEDERATION__POLICIES__strict.example__REQUIRECERTIFICATE"] = "true";
        Add("strict", null, new() { Certificate = Issue("elsewhere") }, "failure policy: does not do here => Federation:Policies:strict.example:RequireCertificate");
        _environment["PARLEY__FEDERATION__POLICIES__keyless.example__ALLOWDIALBACK"] = "false";
        Add("keyless", null, new() { Certificate = Issue("elsewhere") }, "failure policy: only keys => Federation:Policies:keyless.example:AllowDialback");

        await ExamineAsync(from: Own, own.Port);

        void Both(string name, ScriptedServer server, params string[] findings)
        {
            server.Certificate = Issue(name);
            Add(name, null, server, findings);
        }
    }

    [Fact]
    public async Task Without_a_server_of_ones_own_that_confirms_keys_that_is_what_to_change()
    {
        _environment["PARLEY__FEDERATION__DIALBACK_SECRET"] = new string('s', 32);
        await using var own = new ScriptedServer { Certificate = Issue("own"), Question = "item-not-found" };
        Add("one", null, new() { Certificate = Issue("one") }, "failure own: does not say whether a key is one of own.example: item-not-found => Domains (--domain)");
        await ExamineAsync(Own, own.Port);

        _cases.Clear();
        Add("two", null, new() { Certificate = Issue("two") }, "failure own: cannot be reached by its records => S2sPort (--s2s-port), or '_xmpp-server._tcp.own.example SRV'");
        await ExamineAsync(Own, ClosedPort());
    }

    // A failure that nobody can do anything about helps nobody.
    [GeneratedRegex(@"\(--[a-z0-9-]+|Federation:\w+|\bSRV\b|A or AAAA record", RegexOptions.None, 1000)]
    private static partial Regex Setting { get; }

    private void Add(string name, string? records, ScriptedServer? server, params string[] findings) => _cases.Add(new($"{name}.example", records, server, findings));

    private async Task ExamineAsync(string? from, int ownPort = 0)
    {
        using var time = new TestTime(120);
        var names = Path.Combine(_directory, "names");
        await File.WriteAllLinesAsync(
            names,
            [
                "host.example A 127.0.0.1",
                $"_xmpp-server._tcp.{Own} SRV 0 5 {ownPort} host.example",
                .. _cases.Select(static one => $"_xmpp-client._tcp.{one.Domain} SRV 0 0 0 .\n"
                    + (one.Server is { } server ? $"_xmpp-server._tcp.{one.Domain} SRV 0 5 {server.Port} host.example" : string.Format(null, one.Records!, one.Domain))),
            ],
            time.Token);
        _environment["PARLEY__FEDERATION__AUTHORITIES"] = Path.Combine(_directory, "authority.pem");
        await File.WriteAllTextAsync(_environment["PARLEY__FEDERATION__AUTHORITIES"]!, _authority.ExportCertificatePem(), time.Token);
        await using var doctor = RunningProgram.Start(
            "dotnet",
            [
                Repository.Parley, "doctor", .. _cases.Select(static one => one.Domain), "--json", "--resolver", names, "--data", _directory,
                .. from is null ? Array.Empty<string>() : ["--from", from, "--domain", from],
            ],
            _environment!);

        var (_, lines) = await doctor.EndAsync(time.Token);

        Assert.True(lines.Count > 0, doctor.Transcript);
        using var json = JsonDocument.Parse(string.Join('\n', lines));
        var found = json.RootElement.GetProperty("domains").EnumerateArray().ToDictionary(
            static domain => domain.GetProperty("domain").GetString()!,
            static domain => domain.GetProperty("findings").EnumerateArray().Where(static finding => finding.GetProperty("service").GetString() == "server").Select(Found.Read).ToList());
        Assert.All(_cases, one => Assert.All(one.Findings, expected => Assert.True(
            found[one.Domain].Exists(finding => finding.Is(expected)), $"{one.Domain}: '{expected}' is not among\n{string.Join('\n', found[one.Domain])}")));
        Assert.All(found.SelectMany(static domain => domain.Value), static finding => Assert.True(finding.Level != "failure" || Setting.IsMatch(finding.Change ?? ""), finding.ToString()));
        foreach (var one in _cases)
        {
            await (one.Server?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private X509Certificate2 Issue(string name, int from = -2, int to = 30, bool self = false, string usage = "1.3.6.1.5.5.7.3.1")
    {
        var now = DateTimeOffset.UtcNow;
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName($"{name}.example");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        if (self)
        {
            return request.CreateSelfSigned(now + (from * Day), now + (to * Day));
        }

        using var issued = request.Create(_authority.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), now + (from * Day), now + (to * Day), [1, .. RandomNumberGenerator.GetBytes(15)]);
        return issued.CopyWithPrivateKey(key);
    }

    private static int ClosedPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <param name="Domain">The domain.</param>
    /// <param name="Records">What the DNS says of it, <c>{0}</c> for the domain; null where it leads to the server.</param>
    /// <param name="Server">The server.</param>
    /// <param name="Findings">Each <c>level check: part of the text => part of the change</c>.</param>
    private sealed record Case(string Domain, string? Records, ScriptedServer? Server, string[] Findings);

    private sealed record Found(string Level, string Check, string Text, string? Change)
    {
        internal static Found Read(JsonElement finding) => new(
            finding.GetProperty("level").GetString()!, finding.GetProperty("check").GetString()!, finding.GetProperty("text").GetString()!, finding.GetProperty("change").GetString());

        internal bool Is(string expected)
        {
            var (finding, change) = expected.Split(" => ", 2) is [var first, var second] ? (first, second) : (expected, "");
            var (what, text) = finding.Split(": ", 2) is [var head, var rest] ? (head, rest) : (finding, "");
            return what == $"{Level} {Check}" && Text.Contains(text, StringComparison.Ordinal) && (Change ?? "").Contains(change, StringComparison.Ordinal);
        }
    }
}
