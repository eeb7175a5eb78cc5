using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Foreign;

/// <summary>Debian's python3-slixmpp goes through python/slixmpp_flow.py.</summary>
public sealed class SlixmppTests
{
    private static readonly string[] Steps =
    [
        "register", "subscribe", "presence", "chat", "ping", "disco", "version", "time", "uptime", "vcard", "private_xml", "blocking",
        "roster_versions", "offline", "last_activity", "password", "removal",
    ];

    // slixmpp's own first choice, and others; SCRAM without PLUS is not among them: it flags the server's PLUS as a forgery ('y').
    [Theory]
    [InlineData("starttls", "")]
    [InlineData("starttls", "PLAIN")]
    [InlineData("tls", "SCRAM-SHA-256-PLUS")]
    [InlineData("tls", "SCRAM-SHA-1-PLUS")]
    public async Task Slixmpp_finds_what_it_needs(string mode, string mechanism)
    {
        using var time = new TestTime(120);
        var python = await ForeignClients.PythonAsync("slixmpp", time.Token);
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        var port = mode == "tls" ? parley.DirectTlsPort : parley.Port;
        string[] arguments =
        [
            Path.Combine(Repository.Tests, "python", "slixmpp_flow.py"), "127.0.0.1", $"{port}", ParleyProcess.Domain, mode,
            parley.CertificatePath, "py",
        ];
        await using var flow = RunningProgram.Start(python, mechanism.Length == 0 ? arguments : [.. arguments, mechanism]);
        await ForeignClients.AssertStepsAsync(flow, Steps, time.Token);
    }
}
