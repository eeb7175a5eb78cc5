using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile;

/// <summary>What comes instead of a proper stream header.</summary>
public class StreamHeaderTests(HostileServer hostile) : IClassFixture<HostileServer>
{
    private const string Streams = "xmlns:stream='http://etherx.jabber.org/streams'";
    private const string Client = "xmlns='jabber:client'";
    private const string To = "to='example.org'";
    private const string Version = "version='1.0'";
    private const string Good = $"<stream:stream {Client} {Streams} {To} {Version}>";

    /// <summary>Bad headers, and the stream error that answers each.</summary>
    internal static readonly (string Input, string Outcome)[] Bad =
    [
        // Not well-formed.
        ($"<stream:stream {Client} {Streams} {To} {To} {Version}>", "not-well-formed"),
        ($"<stream:stream {Client} {To} {Version}>", "not-well-formed"),
        ($"<stream:stream {Client} {Streams} to='a & b' {Version}>", "not-well-formed"),
        ($"<stream:stream {Client} {Streams} to=example.org {Version}>", "not-well-formed"),
        ($"<stream:stream {Client} {Streams} to='&#0;' {Version}>", "not-well-formed"),
        ($"<stream:stream {Client} {Streams} to='\u00C0\u00AF' {Version}>", "not-well-formed"),
        ($"<stream:stream {Client} {Streams} to='\u00ED\u00A0\u0080' {Version}>", "not-well-formed"),
        ($"<stream:stream {Client} {Streams} to='\u00EF\u00BF\u00BE' {Version}>", "not-well-formed"),
        ($"<stream:stream {Client} {Streams} to='<' {Version}>", "not-well-formed"),
        ("</stream:stream>", "not-well-formed"),
        ("hello", "not-well-formed"),
        ("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", "not-well-formed"),
        ("<?xml version='1.1'?>" + Good, "not-well-formed"),

        // Restricted.
        ($"<!DOCTYPE x [<!ENTITY a 'b'>]>{Good}", "restricted-xml"),
        ($"<?xml version='1.0'?><!DOCTYPE x SYSTEM 'http://127.0.0.1/x.dtd'>{Good}", "restricted-xml"),
        ($"<!-- -->{Good}", "restricted-xml"),
        ($"<?xml version='1.0'?><!-- -->{Good}", "restricted-xml"),
        ($"<?php?>{Good}", "restricted-xml"),
        ($"<?xml-stylesheet href='x'?>{Good}", "restricted-xml"),
        ($"<?xml version='1.0'?><?xml version='1.0'?>{Good}", "restricted-xml"),
        ($"<stream:stream {Client} {Streams} to='&domain;' {Version}>", "restricted-xml"),

        // Encodings.
        ("<?xml version='1.0' encoding='ISO-8859-1'?>" + Good, "unsupported-encoding"),
        ("<?xml version='1.0' encoding='UTF-16'?>" + Good, "unsupported-encoding"),
        ("\u00FF\u00FE<\0?\0x\0m\0l\0", "unsupported-encoding"),
        ("\u00FE\u00FF\0<\0?\0x\0m\0l", "unsupported-encoding"),
        ("<\0?\0x\0m\0l\0", "unsupported-encoding"),
        ("\0<\0?\0x\0m\0l", "unsupported-encoding"),

        // Versions, names and namespaces.
        ($"<stream:stream {Client} {Streams} {To}>", "unsupported-version"),
        ($"<stream:stream {Client} {Streams} {To} version='0.9'>", "unsupported-version"),
        ($"<stream:stream {Client} {Streams} {To} version=''>", "unsupported-version"),
        ($"<stream:stream {Client} {Streams} {To} version='one'>", "unsupported-version"),
        ($"<stream:stream {Client} xmlns:stream='urn:x' {To} {Version}>", "invalid-namespace"),
        ($"<stream:stream xmlns='jabber:server' {Streams} {To} {Version}>", "invalid-namespace"),
        ($"<stream:stream {Streams} {To} {Version}>", "invalid-namespace"),
        ($"<s:stream {Client} xmlns:s='http://etherx.jabber.org/streams' {To} {Version}>", "bad-namespace-prefix"),
        ($"<stream xmlns='http://etherx.jabber.org/streams' {To} {Version}>", "bad-namespace-prefix"),
        ($"<stream:other {Client} {Streams} {To} {Version}>", "invalid-xml"),
        ("<message to='witness@example.org/w'><body/></message>", "invalid-xml"),
        ("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' version='1.0'/>", "invalid-xml"),

        // Addresses.
        ($"<stream:stream {Client} {Streams} {Version}>", "improper-addressing"),
        ($"<stream:stream {Client} {Streams} to='' {Version}>", "improper-addressing"),
        ($"<stream:stream {Client} {Streams} to='elsewhere.example' {Version}>", "host-unknown"),
        ($"<stream:stream {Client} {Streams} to='mallory@example.org' {Version}>", "host-unknown"),
        ($"<stream:stream {Client} {Streams} to='example.org/x' {Version}>", "host-unknown"),
        ($"<stream:stream {Client} {Streams} to='@@' {Version}>", "host-unknown"),

        // Sizes, before anything is known of the peer.
        ($"<stream:stream {Client} {Streams} to='{new string('x', 9000)}' {Version}>", "policy-violation"),
        ($"<stream:stream {Client} {Streams} to='{new string('x', 9000)}", "policy-violation"),
        ($"<stream:stream {string.Concat(Enumerable.Range(0, 20_000).Select(i => $"a{i}='' "))}>", "policy-violation"),
    ];

    public static TheoryData<Transport, string, string> Headers => Rows.OverTcp(Bad);

    public static TheoryData<Transport, string> Accepted => new()
    {
        { Transport.Plaintext, Good },
        { Transport.Plaintext, "<?xml version='1.0'?>" + Good },
        { Transport.Plaintext, "\u00EF\u00BB\u00BF<?xml version=\"1.0\" encoding=\"utf-8\" standalone='yes' ?>\n" + Good },
        { Transport.Plaintext, $"<stream:stream {Client} {Streams} to='EXAMPLE.org' version='1.0' from='x@@y' id='mine' xml:lang='de' foo=''>" },
        { Transport.Plaintext, $"<stream:stream {Client} {Streams} to='example&#46;org' {Version}>" },
        { Transport.Plaintext, $"<stream:stream {Client} {Streams} {To} version='01.10'>" },
        { Transport.Plaintext, $"<stream:stream {Client} {Streams} {To} version='2.0'>" },
        { Transport.StartTls, Good },
        { Transport.DirectTls, "<?xml version='1.0'?>" + Good },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public Task A_bad_header_ends_the_stream(Transport transport, string header, string condition) =>
        hostile.EndsStreamAsync(Progress.Connected, transport, header, condition);

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task A_good_header_is_answered_with_ours(Transport transport, string header)
    {
        var client = await hostile.ReachAsync(Progress.Connected, transport);
        await client.SendAsync(System.Text.Encoding.Latin1.GetBytes(header));

        var ours = await client.ReceiveHeaderAsync();
        Assert.Equal("example.org", ours.From);
        Assert.Equal((1, 0), ours.Version);
        Assert.True(ours.Id?.Length >= 16);
        Assert.NotEqual("mine", ours.Id);
        Assert.Equal("en", ours.Language);
        Assert.Equal("features", (await client.ReceiveAsync()).LocalName);
    }

    [Theory]
    [InlineData(Transport.Plaintext)]
    [InlineData(Transport.DirectTls)]
    public async Task A_header_in_single_bytes_is_understood(Transport transport)
    {
        var client = await hostile.ReachAsync(Progress.Connected, transport);
        foreach (var b in System.Text.Encoding.UTF8.GetBytes("\uFEFF<?xml version='1.0'?>" + Good))
        {
            await client.SendAsync(new[] { b });
        }

        Assert.Equal("example.org", (await client.ReceiveHeaderAsync()).From);
    }
}
