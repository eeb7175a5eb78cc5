using System.Security.Cryptography;
using System.Text;
using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Hostile;

/// <summary>Broken and hostile components over real sockets: the stream's own error, and neither the component that is there nor a user notices.</summary>
public sealed class HostileComponentTests
{
    private const string Domain = "plays.localhost";
    private const string Evil = "evil.localhost";
    private const string Secret = "what both of us know";
    private const string Id = " id='";

    private static readonly (string Input, string Outcome)[] BeforeHandshake =
    [
        ("", "host-unknown"),
        ("<handshake/>", "not-authorized"),
        ($"<handshake>{new string('0', 40)}</handshake>", "not-authorized"),
        ($"<message from='a@{Evil}' to='romeo@localhost'><body>x</body></message>", "not-authorized"),
        ($"<handshake>{new string('0', 9000)}</handshake>", "policy-violation"),
        ("<!-- comment -->", "restricted-xml"),
        ("<a></b>", "not-well-formed"),
    ];

    private static readonly (string Input, string Outcome)[] AfterHandshake =
    [
        ("<message from='a@plays.localhost' to='romeo@localhost'/>", "invalid-from"),
        ("<message from='a@sub.evil.localhost' to='romeo@localhost'/>", "invalid-from"),
        ("<presence from='juliet@localhost' to='romeo@localhost' type='subscribed'/>", "invalid-from"),
        ("<iq type='result' id='1' from='localhost' to='romeo@localhost'/>", "invalid-from"),
        ("<message to='romeo@localhost'/>", "improper-addressing"),
        ("<message from='a@evil.localhost'/>", "improper-addressing"),
        ("<unknown/>", "unsupported-stanza-type"),
        ("<message from='a@evil.localhost' to='romeo@localhost'><body>&nbsp;</body></message>", "restricted-xml"),
        ("<message from='a@evil.localhost' to='romeo@localhost'><body>&#0;</body></message>", "not-well-formed"),
        ("<message from='a@evil.localhost' from='b@evil.localhost' to='romeo@localhost'/>", "not-well-formed"),
        ("<message from='a@evil.localhost' to='romeo@localhost'><x:a/></message>", "not-well-formed"),
        ("<?php echo 1 ?>", "restricted-xml"),
        ($"<message from='a@evil.localhost' to='romeo@localhost'><body>{new string('x', 300_000)}</body></message>", "policy-violation"),
        ($"<message from='a@evil.localhost' to='romeo@localhost'>{string.Concat(Enumerable.Repeat("<a>", 2000))}", "policy-violation"),
    ];

    [Fact]
    public async Task Each_gets_its_stream_error_and_nobody_else_notices()
    {
        using var time = new TestTime(120);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--component", $"{Domain}={Secret}", "--component", $"{Evil}={Secret}"]);
        await using (var registration = await StreamClient.ConnectAsync(parley.DirectTlsPort, time.Token, directTls: true))
        {
            await registration.RegisterAsync("romeo", time.Token);
        }

        await using var witness = await StreamClient.LogInAsync(parley.DirectTlsPort, "romeo", time.Token, directTls: true);
        await using var component = await ConnectAsync(parley, Domain, Secret, time.Token);
        foreach (var (input, outcome) in BeforeHandshake)
        {
            await using var evil = await WireClient.ConnectAsync(parley.ComponentPort, time.Token);
            await evil.SendAsync(Header(outcome == "host-unknown" ? "localhost" : Evil) + input, time.Token);
            await EndsAsync(evil, input, outcome);
        }

        await using (var second = await ConnectAsync(parley, Domain, Secret, time.Token, isTaken: false))
        {
            await EndsAsync(second, "a second one", "conflict");
        }

        await using (var wrong = await ConnectAsync(parley, Evil, "what only one of us knows", time.Token, isTaken: false))
        {
            await EndsAsync(wrong, "a wrong secret", "not-authorized");
        }

        foreach (var (input, outcome) in AfterHandshake)
        {
            await using var evil = await ConnectAsync(parley, Evil, Secret, time.Token);
            await evil.SendAsync(input, time.Token);
            await EndsAsync(evil, input, outcome);
        }

        async Task EndsAsync(WireClient evil, string input, string outcome)
        {
            var answer = await evil.ReadToEndAsync(time.Token);
            Assert.True(
                answer.Contains($"<stream:error><{outcome} xmlns='urn:ietf:params:xml:ns:xmpp-streams'", StringComparison.Ordinal)
                && answer.EndsWith("</stream:error></stream:stream>", StringComparison.Ordinal),
                $"{(input.Length > 300 ? input[..300] : input)}\n  should end with {outcome}, and ends with: {answer}");
            await witness.PingAsync(time.Token, static other => Assert.Fail($"The witness got {other}"));
            await component.SendAsync($"<iq type='get' id='p' from='{Domain}' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>", time.Token);
            Assert.Contains("type='result'", await component.ReadToAsync(">", time.Token), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("", "Components:plays.localhost:Secret")]
    [InlineData("15 bytes of it.", "Components:plays.localhost:Secret")]
    public async Task With_an_empty_or_short_secret_the_server_does_not_start(string secret, string key)
    {
        using var time = new TestTime(60);
        var data = Directory.CreateTempSubdirectory("parley-secret-");
        try
        {
            await using var parley = RunningProgram.Start("dotnet", [Repository.Parley, "serve", "--data", data.FullName, "--component", $"{Domain}={secret}"]);

            var (exitCode, _) = await parley.EndAsync(time.Token);

            Assert.NotEqual(0, exitCode);
            Assert.Contains(key, parley.Transcript, StringComparison.OrdinalIgnoreCase);
            Assert.True(secret.Length == 0 || !parley.Transcript.Contains(secret, StringComparison.Ordinal), "the secret is shown");
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    private static string Header(string domain) => $"<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='{domain}'>";

    private static async Task<WireClient> ConnectAsync(ParleyProcess parley, string domain, string secret, CancellationToken cancellationToken, bool isTaken = true)
    {
        var component = await WireClient.ConnectAsync(parley.ComponentPort, cancellationToken);
        await component.SendAsync(Header(domain), cancellationToken);
        var header = await component.ReadToAsync(">", cancellationToken);
        if (header.StartsWith("<?xml", StringComparison.Ordinal) && !header.Contains("<stream:stream", StringComparison.Ordinal))
        {
            header = await component.ReadToAsync(">", cancellationToken);
        }

        var id = header[(header.IndexOf(Id, StringComparison.Ordinal) + Id.Length)..].Split('\'')[0];
        await component.SendAsync($"<handshake>{Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(id + secret)))}</handshake>", cancellationToken);
        if (isTaken)
        {
            Assert.Equal("<handshake/>", await component.ReadToAsync(">", cancellationToken));
        }

        return component;
    }
}
