using System.Text;

namespace Parley.Protocol.Xml;

/// <summary>Namespace declarations that are in scope around a fragment, immutable: those of a stream header, around each stanza.</summary>
public sealed class XmlNamespaces
{
    private readonly (byte[] Prefix, byte[] Uri)[] _declarations;

    internal XmlNamespaces((byte[] Prefix, byte[] Uri)[] declarations) => _declarations = declarations;

    /// <summary>Declares namespaces by hand, where no header was read.</summary>
    /// <param name="defaultNamespace">The default namespace; empty for none.</param>
    /// <param name="prefixes">Declared prefixes, each once.</param>
    public XmlNamespaces(string defaultNamespace, params ReadOnlySpan<(string Prefix, string Uri)> prefixes)
    {
        _declarations = new (byte[], byte[])[prefixes.Length + 1];
        _declarations[0] = ([], Encoding.UTF8.GetBytes(defaultNamespace));
        for (var i = 0; i < prefixes.Length; i++)
            _declarations[i + 1] = (Encoding.UTF8.GetBytes(prefixes[i].Prefix), Encoding.UTF8.GetBytes(prefixes[i].Uri));
    }

    /// <summary>The default namespace; empty for none.</summary>
    public ReadOnlySpan<byte> Default => TryResolve([], out var uri) ? uri : default;

    /// <summary>The namespace that <paramref name="prefix"/> stands for; an empty prefix asks for the default namespace.</summary>
    public bool TryResolve(ReadOnlySpan<byte> prefix, out ReadOnlySpan<byte> uri)
    {
        var index = IndexOf(prefix);
        uri = index < 0 ? default : _declarations[index].Uri;
        return index >= 0;
    }

    /// <summary>The same declarations with another default namespace.</summary>
    public XmlNamespaces WithDefault(string defaultNamespace) =>
        new([([], Encoding.UTF8.GetBytes(defaultNamespace)), .. _declarations.Where(static declaration => declaration.Prefix.Length > 0)]);

    internal int Count => _declarations.Length;

    internal (byte[] Prefix, byte[] Uri) this[int index] => _declarations[index];

    internal int IndexOf(ReadOnlySpan<byte> prefix)
    {
        for (var i = 0; i < _declarations.Length; i++)
        {
            if (prefix.SequenceEqual(_declarations[i].Prefix))
                return i;
        }

        return -1;
    }
}
