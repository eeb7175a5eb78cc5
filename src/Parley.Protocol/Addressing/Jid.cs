using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Parley.Protocol.Addressing;

/// <summary>An XMPP address, <c>local@domain/resource</c> (RFC 7622), prepared and immutable.</summary>
/// <remarks>
/// The bytes held are the prepared ones, so two addresses are equal exactly when their bytes are. Each part has 1 to 1023 bytes
/// of UTF-8 after preparation.
/// </remarks>
public sealed class Jid : IEquatable<Jid>
{
    /// <summary>The most bytes of UTF-8 that a part may have after preparation (RFC 7622 §3.2 to §3.4).</summary>
    public const int MaxPartLength = 1023;

    // Three parts at their longest and two separators.
    private const int MaxInputLength = (3 * JidPart.MaxInputLength) + 2;

    // Bare and DomainJid are windows on the array of the address that they came from.
    private readonly byte[] _bytes;
    private readonly int _start;
    private readonly int _localLength;
    private readonly int _domainLength;
    private readonly int _resourceLength;
    private readonly int _hash;
    private Jid? _bare;
    private Jid? _domain;
    private string? _text;

    private Jid(byte[] bytes, int start, int localLength, int domainLength, int resourceLength)
    {
        _bytes = bytes;
        _start = start;
        _localLength = localLength;
        _domainLength = domainLength;
        _resourceLength = resourceLength;

        // Seeded anew in each process: peers choose addresses, and must not choose buckets.
        var hash = new HashCode();
        hash.AddBytes(Utf8);
        _hash = hash.ToHashCode();
    }

    /// <summary>Whether there is no resource.</summary>
    public bool IsBare => _resourceLength == 0;

    /// <summary>Whether there is a resource.</summary>
    public bool IsFull => _resourceLength != 0;

    /// <summary>Whether there is nothing but a domain.</summary>
    public bool IsDomain => _localLength == 0 && _resourceLength == 0;

    public bool HasLocal => _localLength != 0;

    public bool HasResource => _resourceLength != 0;

    /// <summary>The address without its resource; the same instance when there is none.</summary>
    public Jid Bare => IsBare ? this : _bare ??= new Jid(_bytes, _start, _localLength, _domainLength, 0);

    /// <summary>The address of the domain alone; the same instance when that is all there is.</summary>
    public Jid DomainJid => IsDomain ? this : _domain ??= new Jid(_bytes, DomainStart, 0, _domainLength, 0);

    /// <summary>The localpart, or null; made anew by each call.</summary>
    public string? Local => HasLocal ? Encoding.UTF8.GetString(LocalUtf8) : null;

    /// <summary>The domainpart, with U-labels; made anew by each call.</summary>
    public string Domain => Encoding.UTF8.GetString(DomainUtf8);

    /// <summary>The resourcepart, or null; made anew by each call.</summary>
    public string? Resource => HasResource ? Encoding.UTF8.GetString(ResourceUtf8) : null;

    /// <summary>The whole address.</summary>
    public ReadOnlySpan<byte> Utf8 => _bytes.AsSpan(_start, DomainEnd - _start + (HasResource ? _resourceLength + 1 : 0));

    /// <summary>The localpart; empty when there is none.</summary>
    public ReadOnlySpan<byte> LocalUtf8 => _bytes.AsSpan(_start, _localLength);

    public ReadOnlySpan<byte> DomainUtf8 => _bytes.AsSpan(DomainStart, _domainLength);

    /// <summary>The resourcepart; empty when there is none.</summary>
    public ReadOnlySpan<byte> ResourceUtf8 => HasResource ? _bytes.AsSpan(DomainEnd + 1, _resourceLength) : default;

    private int DomainStart => HasLocal ? _start + _localLength + 1 : _start;

    private int DomainEnd => DomainStart + _domainLength;

    private ReadOnlySpan<byte> BareUtf8 => _bytes.AsSpan(_start, DomainEnd - _start);

    public static bool operator ==(Jid? left, Jid? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(Jid? left, Jid? right) => !(left == right);

    /// <summary>Reads and prepares an address (RFC 7622 §3.1).</summary>
    /// <exception cref="JidFormatException">It is none.</exception>
    public static Jid Parse(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return TryParse(value, out var jid) ? jid : throw new JidFormatException();
    }

    /// <inheritdoc cref="Parse(string)"/>
    public static Jid Parse(ReadOnlySpan<byte> utf8) => TryParse(utf8, out var jid) ? jid : throw new JidFormatException();

    /// <summary>Reads and prepares an address (RFC 7622 §3.1); false when it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? value, [NotNullWhen(true)] out Jid? jid)
    {
        jid = null;
        if (value is null || value.Length > MaxInputLength)
            return false;
        Span<byte> utf8 = value.Length <= 128 ? stackalloc byte[384] : new byte[value.Length * 3];
        return Utf8Text.TryEncode(value, utf8, out var length) && TryParse(utf8[..length], out jid);
    }

    /// <inheritdoc cref="TryParse(string?, out Jid?)"/>
    public static bool TryParse(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out Jid? jid)
    {
        jid = null;
        var slash = utf8.IndexOf((byte)'/');
        var bare = slash < 0 ? utf8 : utf8[..slash];
        var resource = slash < 0 ? default : utf8[(slash + 1)..];
        var at = bare.IndexOf((byte)'@');
        if (at == 0 || (slash >= 0 && resource.IsEmpty))
            return false;
        return TryBuild(at < 0 ? default : bare[..at], bare[(at + 1)..], resource, out jid);
    }

    /// <summary>Builds an address from its parts, preparing each.</summary>
    /// <param name="local">The localpart, or null for none; an empty one is an error.</param>
    /// <param name="domain">The domainpart.</param>
    /// <param name="resource">The resourcepart, or null for none; an empty one is an error.</param>
    /// <exception cref="JidFormatException">A part is not valid.</exception>
    public static Jid Create(string? local, string domain, string? resource = null)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return TryCreate(local, domain, resource, out var jid) ? jid : throw new JidFormatException();
    }

    /// <inheritdoc cref="Create"/>
    public static bool TryCreate(string? local, string? domain, string? resource, [NotNullWhen(true)] out Jid? jid)
    {
        jid = null;
        return domain is not null
            && local?.Length != 0
            && resource?.Length != 0
            && Utf8Text.TryEncode(local, out var localUtf8)
            && Utf8Text.TryEncode(domain, out var domainUtf8)
            && Utf8Text.TryEncode(resource, out var resourceUtf8)
            && TryBuild(localUtf8, domainUtf8, resourceUtf8, out jid);
    }

    /// <summary>The same localpart and domainpart with another resource, which is prepared.</summary>
    /// <exception cref="JidFormatException">The resource is not valid.</exception>
    public Jid WithResource(string resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return Utf8Text.TryEncode(resource, out byte[] utf8) ? WithResource(utf8) : throw new JidFormatException();
    }

    /// <inheritdoc cref="WithResource(string)"/>
    public Jid WithResource(ReadOnlySpan<byte> resource) =>
        JidPart.TryPrepareResource(resource, out var prepared)
            ? Assemble(LocalUtf8, DomainUtf8, prepared)
            : throw new JidFormatException();

    /// <summary>Whether localpart and domainpart are the same, whatever the resources.</summary>
    public bool BareEquals(Jid other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return _localLength == other._localLength && BareUtf8.SequenceEqual(other.BareUtf8);
    }

    public bool Equals([NotNullWhen(true)] Jid? other) =>
        ReferenceEquals(this, other) || (other is not null && _hash == other._hash && Utf8.SequenceEqual(other.Utf8));

    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as Jid);

    public override int GetHashCode() => _hash;

    /// <summary>The whole address; made once and kept.</summary>
    public override string ToString() => _text ??= Encoding.UTF8.GetString(Utf8);

    // An empty localpart or resource stands for none.
    private static bool TryBuild(
        ReadOnlySpan<byte> local, ReadOnlySpan<byte> domain, ReadOnlySpan<byte> resource, [NotNullWhen(true)] out Jid? jid)
    {
        if (!JidPart.IsPlainLocal(local) || !JidPart.IsPlainResource(resource) || !DomainPart.IsPlain(domain))
            return TryPrepare(local, domain, resource, out jid);
        jid = Assemble(local, domain, resource);
        return true;
    }

    private static bool TryPrepare(
        ReadOnlySpan<byte> local, ReadOnlySpan<byte> domain, ReadOnlySpan<byte> resource, [NotNullWhen(true)] out Jid? jid)
    {
        jid = null;
        byte[] preparedLocal = [];
        byte[] preparedResource = [];
        if ((!local.IsEmpty && !JidPart.TryPrepareLocal(local, out preparedLocal))
            || !DomainPart.TryPrepare(domain, out var preparedDomain)
            || (!resource.IsEmpty && !JidPart.TryPrepareResource(resource, out preparedResource)))
            return false;
        jid = Assemble(preparedLocal, preparedDomain, preparedResource);
        return true;
    }

    // Parts that are plain may still have upper case, parts that are not ASCII have none: where the lowering stops, nothing is left to do.
    private static Jid Assemble(ReadOnlySpan<byte> local, ReadOnlySpan<byte> domain, ReadOnlySpan<byte> resource)
    {
        var domainStart = local.IsEmpty ? 0 : local.Length + 1;
        var domainEnd = domainStart + domain.Length;
        var bytes = new byte[resource.IsEmpty ? domainEnd : domainEnd + 1 + resource.Length];
        if (!local.IsEmpty)
        {
            local.CopyTo(bytes);
            bytes[local.Length] = (byte)'@';
        }

        domain.CopyTo(bytes.AsSpan(domainStart));
        _ = Ascii.ToLowerInPlace(bytes.AsSpan(0, domainEnd), out _);
        if (!resource.IsEmpty)
        {
            bytes[domainEnd] = (byte)'/';
            resource.CopyTo(bytes.AsSpan(domainEnd + 1));
        }

        return new Jid(bytes, 0, local.Length, domain.Length, resource.Length);
    }
}
