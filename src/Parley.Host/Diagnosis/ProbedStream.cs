using System.Text;
using Parley.Protocol;
using Parley.Protocol.Sasl;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Federation;

namespace Parley.Host.Diagnosis;

/// <summary>A stream whose header and features have been exchanged, over TLS or not.</summary>
internal sealed class ProbedStream
{
    private const string DialbackFeature = "urn:xmpp:features:dialback";
    private readonly Stream _stream;
    private readonly ServicePlace _place;

    // Bounds what a server may send us: 256 KiB an element.
    private readonly StanzaScanner _scanner = new(XmlLimits.Default);
    private readonly byte[] _buffer = new byte[4096];
    private ReadOnlyMemory<byte> _unread;
    private XmlNamespaces? _declared;
    private bool _offersTls;

    /// <summary>The name that the other side gave the stream; null for none.</summary>
    internal string? Id { get; private set; }

    /// <summary>Whether it takes a certificate for authentication (XEP-0178).</summary>
    internal bool OffersExternal => Features.Contains(SaslMechanismNames.External);

    private ProbedStream(Stream stream, ServicePlace place) => (_stream, _place) = (stream, place);

    /// <summary>The SASL mechanisms and other features, in words.</summary>
    internal IReadOnlyList<string> Features { get; private set; } = [];

    private string ContentNamespace => _place.Service == ServiceKind.Client ? Namespaces.Client : Namespaces.Server;

    /// <summary>Sends a header, reads the other one and the features.</summary>
    /// <param name="stream">What it lies upon.</param>
    /// <param name="place">Where it goes.</param>
    /// <param name="from">The domain that opens it; null for nobody.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ProbeException">The other side does not speak so, or refuses.</exception>
    internal static async Task<ProbedStream> OpenAsync(Stream stream, ServicePlace place, string? from, CancellationToken cancellationToken)
    {
        var probed = new ProbedStream(stream, place);
        await stream.WriteAsync(new StreamHeader { From = from, To = place.Domain }.Encode(probed.ContentNamespace), cancellationToken);
        var (result, token) = await probed.ReadAsync(cancellationToken);
        if (result != ScanResult.StreamOpen)
        {
            throw new ProbeException("what answers is no stream");
        }

        var header = StreamHeader.Read(token, probed.ContentNamespace, out _);
        (probed._declared, probed.Id) = (header.Declared, header.Id);
        probed.ReadFeatures(await probed.ElementAsync(cancellationToken));
        return probed;
    }

    /// <summary>Asks for TLS; false when it is not offered.</summary>
    internal async Task<bool> StartTlsAsync(CancellationToken cancellationToken)
    {
        if (!_offersTls)
        {
            return false;
        }

        await _stream.WriteAsync("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"u8.ToArray(), cancellationToken);
        return (await ElementAsync(cancellationToken)).Is("proceed", Namespaces.Tls) ? true : throw new ProbeException("offered, and refused when it is asked for");
    }

    /// <summary>Sends an element, and receives the next that comes.</summary>
    /// <exception cref="ProbeException">The stream ends, with an error or without.</exception>
    internal async Task<XmlElement> AskAsync(byte[] element, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(element, cancellationToken);
        var answer = await ElementAsync(cancellationToken);
        return answer.Is("error", Namespaces.Streams) ? throw new ProbeException($"the stream ended with {Condition(answer)}", null, Condition(answer)) : answer;
    }

    private void ReadFeatures(XmlElement element)
    {
        if (element.Is("error", Namespaces.Streams))
        {
            var condition = Condition(element);
            throw new ProbeException(
                $"refused with {condition}",
                condition is "host-unknown" or "host-gone" ? $"the server there does not host {_place.Domain}: Domains (--domain), or the records of {_place.Domain}" : null,
                condition);
        }

        if (!element.Is("features", Namespaces.Streams))
        {
            throw new ProbeException("there are no stream features");
        }

        var features = new List<string>();
        foreach (var child in element.Children)
        {
            if (child.Is("starttls", Namespaces.Tls))
            {
                _offersTls = true;
            }
            else if (child.Is("mechanisms", Namespaces.Sasl))
            {
                foreach (var mechanism in child.Children)
                {
                    features.Add(mechanism.Text);
                }
            }
            else if (child.Is("dialback", DialbackFeature))
            {
                features.Add("dialback");
            }
        }

        Features = features;
    }

    private static string Condition(XmlElement error)
    {
        foreach (var child in error.Children)
        {
            if (child.NamespaceUri == Namespaces.StreamErrors && child.LocalName != "text")
            {
                return child.LocalName;
            }
        }

        return "no condition";
    }

    private async Task<XmlElement> ElementAsync(CancellationToken cancellationToken)
    {
        var (result, token) = await ReadAsync(cancellationToken);
        return result == ScanResult.Element ? XmlElement.Parse(token, _declared) : throw new ProbeException("the stream ended");
    }

    private async Task<(ScanResult Result, byte[] Token)> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Scan() is { Result: not ScanResult.NeedMore } found)
            {
                return found;
            }

            var count = await _stream.ReadAsync(_buffer, cancellationToken);
            if (count == 0)
            {
                throw new ProbeException("the connection ended");
            }

            _unread = _buffer.AsMemory(0, count);
        }
    }

    private (ScanResult Result, byte[] Token) Scan()
    {
        var input = _unread.Span;
        var result = _scanner.Read(ref input, out var token);
        _unread = _unread[^input.Length..];
        return (result, token.ToArray());
    }
}
