using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Parley.Server.Diagnostics;

namespace Parley.Server.Connections;

/// <summary>Certificates from files, read again when the files change: a renewed certificate needs no restart.</summary>
/// <remarks>Connections that are open keep the certificate that they began with. Files that cannot be used leave the certificate before them in place.</remarks>
public sealed class CertificateFiles : ICertificateSource, IHeartbeatTarget, IDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);
    private readonly Entry[] _entries;
    private readonly Dictionary<string, Entry> _byDomain;
    private readonly Heartbeat _heartbeat;
    private readonly TimeProvider _time;
    private readonly ILogger<CertificateFiles> _logger;
    private readonly Lock _gate = new();
    private long _lastCheck;

    /// <summary>Reads all files; the first is the default domain's.</summary>
    /// <exception cref="CertificateFileException">One cannot be used.</exception>
    public CertificateFiles(IEnumerable<CertificateFile> files, Heartbeat heartbeat, TimeProvider time, ILogger<CertificateFiles> logger)
    {
        _entries = [.. files.Select(static file => new Entry(file))];
        _byDomain = new Dictionary<string, Entry>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in _entries)
        {
            // A stream header has the name in Unicode, a handshake in ASCII.
            _byDomain[entry.File.Domain] = entry;
            _byDomain[Ascii(entry.File.Domain) ?? entry.File.Domain] = entry;
        }

        (_heartbeat, _time, _logger) = (heartbeat, time, logger);
        _lastCheck = time.GetTimestamp();
        heartbeat.Add(this);
    }

    /// <summary>What is shown now, in the order of the files.</summary>
    public IEnumerable<(CertificateFile File, X509Certificate2 Certificate)> Current =>
        _entries.Select(static entry => (entry.File, entry.Context.TargetCertificate));

    /// <summary>A domain's own certificate, else one that names the domain (a wildcard may), else the default domain's.</summary>
    public SslStreamCertificateContext? Find(string? domain)
    {
        if (_entries.Length == 0)
        {
            return null;
        }

        if (domain is null)
        {
            return _entries[0].Context;
        }

        return _byDomain.TryGetValue(domain, out var own)
            ? own.Context
            : (Array.Find(_entries, entry => Names(entry.Context.TargetCertificate, domain)) ?? _entries[0]).Context;
    }

    /// <summary>Whether a certificate is for a domain.</summary>
    public static bool Names(X509Certificate2 certificate, string domain) =>
        Ascii(domain) is { } name && Uri.CheckHostName(name) != UriHostNameType.Unknown && certificate.MatchesHostname(name, allowCommonName: false);

    /// <summary>Reads the files that have changed, or all of them.</summary>
    public void Reload(bool unchangedToo)
    {
        lock (_gate)
        {
            foreach (var entry in _entries)
            {
                Reload(entry, unchangedToo);
            }
        }
    }

    void IHeartbeatTarget.OnHeartbeat(long timestamp)
    {
        if (_time.GetElapsedTime(_lastCheck, timestamp) >= CheckInterval)
        {
            _lastCheck = timestamp;
            Reload(unchangedToo: false);
        }
    }

    public void Dispose() => _heartbeat.Remove(this);

    private void Reload(Entry entry, bool unchangedToo)
    {
        try
        {
            var version = entry.File.Version();
            if (version == entry.Version && !unchangedToo)
            {
                return;
            }

            // Whatever comes of it, the same files are not tried again at the next beat.
            entry.Version = version;
            var before = entry.Context.TargetCertificate;
            entry.Context = entry.File.Load();
            var certificate = entry.Context.TargetCertificate;
            if (certificate.RawDataMemory.Span.SequenceEqual(before.RawDataMemory.Span))
            {
                Log.CertificateUnchanged(_logger, entry.File.Domain, certificate.NotAfter.ToUniversalTime());
            }
            else
            {
                Log.CertificateLoaded(_logger, entry.File.Domain, certificate.NotAfter.ToUniversalTime());
            }

            if (!Names(certificate, entry.File.Domain))
            {
                Log.CertificateNamesOthers(_logger, entry.File.Domain);
            }
        }
        catch (Exception e) when (e is CertificateFileException or IOException or UnauthorizedAccessException)
        {
            Log.CertificateKept(_logger, e.Message);
        }
    }

    private static string? Ascii(string domain)
    {
        try
        {
            return new IdnMapping().GetAscii(domain);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private sealed class Entry(CertificateFile file)
    {
        private SslStreamCertificateContext _context = file.Load();

        internal CertificateFile File { get; } = file;

        internal (DateTime Certificate, DateTime Key, string Paths) Version { get; set; } = file.Version();

        internal SslStreamCertificateContext Context
        {
            get => Volatile.Read(ref _context);
            set => Volatile.Write(ref _context, value);
        }
    }
}
