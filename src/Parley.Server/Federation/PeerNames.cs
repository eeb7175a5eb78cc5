using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parley.Protocol.Addressing;
using Parley.Server.Federation.Dns;

namespace Parley.Server.Federation;

/// <summary>The names that a certificate has for servers (RFC 6120 §13.7.1.2.1), and whether one is a domain's.</summary>
/// <remarks>
/// Names are those of the subjectAltName. The common name never counts: RFC 6125 §6.4.4 allows it as a last resort where there is no other name, RFC 9525 §2 does no more, and
/// no authority issues such certificates. At most <see cref="MaxNames"/> are read.
/// </remarks>
public sealed class PeerNames
{
    /// <summary>Names of one certificate that are read.</summary>
    public const int MaxNames = 1000;

    private const string SubjectAlternativeName = "2.5.29.17";

    // RFC 4985 §2 and RFC 6120 §13.7.1.4.
    private const string ServiceName = "1.3.6.1.5.5.7.8.7";
    private const string XmppAddress = "1.3.6.1.5.5.7.8.5";
    private static readonly Asn1Tag OtherNameTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag DnsNameTag = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag AddressTag = new(TagClass.ContextSpecific, 7);

    private readonly List<string> _dnsNames = [];
    private readonly List<string> _services = [];
    private readonly List<string> _xmppAddresses = [];
    private readonly List<IPAddress> _addresses = [];

    private PeerNames()
    {
    }

    /// <summary>All names in text, for people.</summary>
    public IEnumerable<string> All => _dnsNames
        .Concat(_services.Select(static name => $"SRVName {name}"))
        .Concat(_xmppAddresses.Select(static name => $"xmppAddr {name}"))
        .Concat(_addresses.Select(static address => address.ToString()));

    /// <summary>Reads a certificate's names. One whose names cannot be read has none.</summary>
    public static PeerNames Of(X509Certificate2 certificate)
    {
        try
        {
            var names = new PeerNames();
            foreach (var extension in certificate.Extensions.Where(static extension => extension.Oid?.Value == SubjectAlternativeName))
            {
                names.Read(extension.RawData);
            }

            return names;
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException or ArgumentException)
        {
            return new PeerNames();
        }
    }

    /// <summary>Whether one of them is the domain's.</summary>
    /// <param name="domain">The domain of an address, U-labels allowed.</param>
    /// <param name="service">The service of which an SRVName may speak.</param>
    public bool Include(string domain, ServiceKind service)
    {
        if (Literals.Parse(domain) is { } address)
        {
            return _addresses.Contains(address);
        }

        return DnsName.TryParse(domain, out var name)
            && (_dnsNames.Exists(candidate => MatchesDns(candidate, name))
                || _services.Exists(candidate => MatchesService(candidate, name, service))
                || _xmppAddresses.Exists(candidate => MatchesXmpp(candidate, name)));
    }

    // RFC 6125 §6.4.3: a wildcard is the whole of the first label, stands for one label, and leaves two behind it.
    private static bool MatchesDns(string candidate, string name) =>
        candidate.StartsWith("*.", StringComparison.Ordinal)
            ? candidate.AsSpan(2).Contains('.')
                && name.IndexOf('.') is > 0 and var dot
                && name.AsSpan(dot + 1).Equals(candidate.AsSpan(2), StringComparison.OrdinalIgnoreCase)
            : IsName(candidate, name);

    private static bool MatchesService(string candidate, string name, ServiceKind service) =>
        candidate.StartsWith('_')
        && candidate.IndexOf('.') is > 0 and var dot
        && candidate.AsSpan(1, dot - 1).Equals(service.Name, StringComparison.OrdinalIgnoreCase)
        && IsName(candidate[(dot + 1)..], name);

    // A domain in UTF-8, prepared as those of addresses are.
    private static bool MatchesXmpp(string candidate, string name) =>
        Jid.TryParse(candidate, out var jid) && !jid.HasLocal && jid.Resource is null && IsName(jid.Domain, name);

    private static bool IsName(string candidate, string name) => DnsName.TryParse(candidate, out var ascii) && ascii == name;

    private void Read(byte[] extension)
    {
        var names = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        for (var i = 0; i < MaxNames && names.HasData; i++)
        {
            var tag = names.PeekTag();
            if (tag.HasSameClassAndValue(OtherNameTag))
            {
                ReadOther(names.ReadSequence(OtherNameTag));
            }
            else if (tag.HasSameClassAndValue(DnsNameTag))
            {
                _dnsNames.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, DnsNameTag));
            }
            else if (tag.HasSameClassAndValue(AddressTag))
            {
                ReadAddress(names.ReadOctetString(AddressTag));
            }
            else
            {
                names.ReadEncodedValue();
            }
        }
    }

    private void ReadAddress(byte[] bytes)
    {
        if (bytes.Length is 4 or 16)
        {
            _addresses.Add(new IPAddress(bytes));
        }
    }

    // RFC 5280 §4.2.1.6: type-id, and the value behind [0].
    private void ReadOther(AsnReader other)
    {
        var type = other.ReadObjectIdentifier();
        var value = other.ReadSequence(OtherNameTag);
        switch (type)
        {
            case ServiceName:
                _services.Add(value.ReadCharacterString(UniversalTagNumber.IA5String));
                break;
            case XmppAddress:
                _xmppAddresses.Add(value.ReadCharacterString(UniversalTagNumber.UTF8String));
                break;
        }
    }
}
