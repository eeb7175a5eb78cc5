using System.Text;
using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Hostile;

/// <summary>Broken and hostile streams over real sockets, under TLS and not: the stream's own error, and nobody else notices.</summary>
public sealed class HostileStreamTests
{
    private const string Header =
        "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

    private static readonly (string Input, string Outcome)[] Rows =
    [
        (Header + "<a></b>", "not-well-formed"),
        (Header + "<a b='1' b='2'/>", "not-well-formed"),
        (Header + "<a>&nbsp;</a>", "not-well-formed|restricted-xml"),
        (Header + "<a>&</a>", "not-well-formed"),
        (Header + "<x:a/>", "not-well-formed"),
        (Header + "<a>\0</a>", "not-well-formed"),
        (Header + "<a>&#0;</a>", "not-well-formed"),
        (Header + "<!-- comment -->", "restricted-xml"),
        (Header + "<?php echo 1 ?>", "restricted-xml"),
        ("<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY lol 'lol'>]>" + Header[21..], "restricted-xml"),
        ("<?xml version='1.0' encoding='utf-16'?>" + Header[21..], "unsupported-encoding"),
        (Header.Replace(" version='1.0' xmlns=", " xmlns="), "unsupported-version"),
        (Header.Replace("etherx.jabber.org", "example.org"), "invalid-namespace"),
        (Header.Replace(" to='localhost'", ""), "improper-addressing"),
        (Header.Replace("'localhost'", "'elsewhere.example'"), "host-unknown"),
        ("<html xmlns='http://www.w3.org/1999/xhtml'>", "invalid-xml|bad-namespace-prefix|invalid-namespace"),
        (Header + "<message to='romeo@localhost'><body>hi</body></message>", "not-authorized"),
        (Header + "<a b='" + new string('x', 16 * 1024) + "'/>", "policy-violation"),
        (Header + string.Concat(Enumerable.Repeat("<a>", 2000)), "policy-violation"),
        (Header + "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><presence/>", "policy-violation|not-authorized|unsupported-stanza-type"),
    ];

    [Fact]
    public async Task Each_gets_its_stream_error_and_nobody_else_notices()
    {
        using var time = new TestTime(120);
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        await using (var registration = await StreamClient.ConnectAsync(parley.DirectTlsPort, time.Token, directTls: true))
        {
            await registration.RegisterAsync("romeo", time.Token);
        }

        await using var witness = await StreamClient.LogInAsync(parley.DirectTlsPort, "romeo", time.Token, directTls: true);
        foreach (var (input, outcome) in Rows)
        {
            foreach (var directTls in (bool[])[false, true])
            {
                await using var client = await WireClient.ConnectAsync(directTls ? parley.DirectTlsPort : parley.Port, time.Token, directTls);
                await client.SendAsync(Encoding.UTF8.GetBytes(input), time.Token);
                var answer = await client.ReadToEndAsync(time.Token);
                var row = input.Length > 300 ? input[..300] : input;
                Assert.True(
                    outcome.Split('|').Any(condition => IsEndedWith(answer, condition)),
                    $"{(directTls ? "TLS" : "plaintext")}: {row}\n  should end with {outcome}, and ends with: {answer}");
                await witness.PingAsync(time.Token, static other => Assert.Fail($"The witness got {other}"));
            }
        }
    }

    private static bool IsEndedWith(string answer, string condition) =>
        answer.Contains("<stream:stream ", StringComparison.Ordinal)
        && answer.Contains($"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'", StringComparison.Ordinal)
        && answer.EndsWith("</stream:error></stream:stream>", StringComparison.Ordinal);
}
