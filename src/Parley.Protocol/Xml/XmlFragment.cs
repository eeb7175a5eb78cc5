using System.Buffers;

namespace Parley.Protocol.Xml;

/// <summary>Writes a piece of XML into an array of its own: a payload.</summary>
public static class XmlFragment
{
    /// <summary>The bytes of what <paramref name="write"/> writes.</summary>
    /// <param name="write">Writes the piece.</param>
    /// <param name="contextNamespace">The default namespace where the piece will stand.</param>
    public static byte[] Build(Action<Utf8XmlWriter> write, string? contextNamespace = null)
    {
        ArgumentNullException.ThrowIfNull(write);
        var output = new ArrayBufferWriter<byte>();
        write(new Utf8XmlWriter(output, contextNamespace));
        return output.WrittenSpan.ToArray();
    }
}
