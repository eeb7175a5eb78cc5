using BenchmarkDotNet.Attributes;
using Parley.Protocol.Addressing;

namespace Parley.Benchmarks;

/// <summary>Addresses: in ASCII, as nearly all are, and beyond it.</summary>
[MemoryDiagnoser]
public class JidBenchmarks
{
    private static readonly byte[] Ascii = "juliet@example.org/balcony"u8.ToArray();
    private static readonly byte[] Unicode = "жульетта@пример.рф/балкон"u8.ToArray();

    [Benchmark]
    public bool ParseAscii() => Jid.TryParse(Ascii, out _);

    [Benchmark]
    public bool ParseUnicode() => Jid.TryParse(Unicode, out _);
}
