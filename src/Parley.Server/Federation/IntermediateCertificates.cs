using System.Security.Cryptography.X509Certificates;

namespace Parley.Server.Federation;

/// <summary>Certificates between those of servers and an authority, as they were sent: for TLS sessions that are resumed, in which they are not sent again.</summary>
/// <remarks>Only those of a chain that led to an authority are remembered, so that nobody fills the room with others: <see cref="MaxCount"/>, then none is added.</remarks>
internal sealed class IntermediateCertificates
{
    /// <summary>How many are remembered; there are some dozens of authorities in use.</summary>
    internal const int MaxCount = 256;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _thumbprints = new(StringComparer.Ordinal);
    private X509Certificate2[] _all = [];

    /// <summary>Those that are known.</summary>
    internal X509Certificate2[] All => Volatile.Read(ref _all);

    /// <summary>Remembers those of a chain that leads to an authority.</summary>
    internal void Remember(X509ChainElementCollection chain)
    {
        if (chain.Count <= 2)
        {
            return;
        }

        lock (_gate)
        {
            // The first is the server's own, the last the authority's.
            foreach (var element in chain.Skip(1).SkipLast(1))
            {
                if (_all.Length < MaxCount && _thumbprints.Add(element.Certificate.Thumbprint))
                {
                    Volatile.Write(ref _all, [.. _all, X509CertificateLoader.LoadCertificate(element.Certificate.RawDataMemory.Span)]);
                }
            }
        }
    }
}
