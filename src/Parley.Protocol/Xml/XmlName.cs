using System.Text;

namespace Parley.Protocol.Xml;

/// <summary>The expanded name of an element: local name and namespace, in both encodings, so that comparing and writing cost no conversion.</summary>
public sealed class XmlName : IEquatable<XmlName>
{
    private readonly byte[] _local;
    private readonly byte[] _namespace;

    /// <summary>Names an element.</summary>
    /// <param name="local">The local name; it is not checked until it is written.</param>
    /// <param name="ns">The namespace; empty for none.</param>
    public XmlName(string local, string ns)
    {
        ArgumentException.ThrowIfNullOrEmpty(local);
        ArgumentNullException.ThrowIfNull(ns);
        Local = local;
        Namespace = ns;
        _local = Encoding.UTF8.GetBytes(local);
        _namespace = Encoding.UTF8.GetBytes(ns);
    }

    public string Local { get; }

    /// <summary>The namespace; empty for none.</summary>
    public string Namespace { get; }

    public ReadOnlySpan<byte> LocalUtf8 => _local;

    public ReadOnlySpan<byte> NamespaceUtf8 => _namespace;

    internal ReadOnlyMemory<byte> LocalMemory => _local;

    internal ReadOnlyMemory<byte> NamespaceMemory => _namespace;

    /// <summary>Whether both parts are equal, byte for byte (Namespaces in XML §2.3).</summary>
    public bool Matches(ReadOnlySpan<byte> local, ReadOnlySpan<byte> ns) => local.SequenceEqual(_local) && ns.SequenceEqual(_namespace);

    public bool Equals(XmlName? other) => other is not null && Local == other.Local && Namespace == other.Namespace;

    public override bool Equals(object? obj) => Equals(obj as XmlName);

    public override int GetHashCode() => HashCode.Combine(Local, Namespace);

    /// <summary>The name as <c>{namespace}local</c>, for logs.</summary>
    public override string ToString() => $"{{{Namespace}}}{Local}";
}
