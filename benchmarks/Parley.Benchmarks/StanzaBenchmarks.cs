using System.Buffers;
using BenchmarkDotNet.Attributes;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Benchmarks;

/// <summary>What one chat message costs on its way through the parser and out again.</summary>
[MemoryDiagnoser]
public class StanzaBenchmarks
{
    private static readonly byte[] Header =
        "<stream:stream to='example.org' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"u8.ToArray();

    private static readonly byte[] Message =
        """
        <message to='juliet@example.org/balcony' type='chat' id='b5f1c1d0'><body>Wherefore art thou, Romeo? Deny thy father and refuse thy name.</body><active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/></message>
        """u8.ToArray();

    private readonly ArrayBufferWriter<byte> _output = new(4096);
    private readonly StanzaContext _context = StanzaContext.Client();
    private readonly StanzaScanner _scanner = new(XmlLimits.Default);
    private readonly Jid _from = Jid.Parse("romeo@example.org/orchard");
    private Stanza _stanza = null!;

    [GlobalSetup]
    public void Setup()
    {
        ReadOnlySpan<byte> input = Header;
        _scanner.Read(ref input, out _);
        _stanza = Stanza.Read(Message, _context)!;
    }

    [Benchmark]
    public int Scan()
    {
        ReadOnlySpan<byte> input = Message;
        _scanner.Read(ref input, out var token);
        return token.Length;
    }

    [Benchmark]
    public Stanza? ReadEnvelope() => Stanza.Read(Message, _context);

    [Benchmark]
    public int Write()
    {
        _output.ResetWrittenCount();
        _stanza.WriteTo(_output, _from, _stanza.To);
        return _output.WrittenCount;
    }
}
