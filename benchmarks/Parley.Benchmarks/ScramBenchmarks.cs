using BenchmarkDotNet.Attributes;
using Parley.Protocol.Sasl;

namespace Parley.Benchmarks;

/// <summary>What a password costs the server: to store (and to check, with PLAIN).</summary>
public class ScramBenchmarks
{
    private readonly ScramKeys _keys = ScramKeys.Create(ScramHash.Sha256, "correct horse battery staple", 10_000);

    [Benchmark]
    public bool VerifyPlain() => _keys.Verify("correct horse battery staple");
}
