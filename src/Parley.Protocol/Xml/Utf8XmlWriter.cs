using System.Buffers;

namespace Parley.Protocol.Xml;

public sealed class Utf8XmlWriter(IBufferWriter<byte> output, string? contextNamespace = null)
{
    public Utf8XmlWriter Start(string local, string? ns = null) => throw new NotImplementedException(contextNamespace + output);

    public Utf8XmlWriter Start(XmlName name) => throw new NotImplementedException();

    public Utf8XmlWriter Attribute(string name, string? value) => throw new NotImplementedException();

    public Utf8XmlWriter Attribute(string name, ReadOnlySpan<byte> utf8) => throw new NotImplementedException();

    /// <summary>An attribute in a namespace, under that prefix.</summary>
    public Utf8XmlWriter Attribute(string prefix, string local, string ns, string? value) => throw new NotImplementedException();

    public Utf8XmlWriter Text(string text) => throw new NotImplementedException();

    public Utf8XmlWriter Text(ReadOnlySpan<byte> utf8) => throw new NotImplementedException();

    public Utf8XmlWriter End() => throw new NotImplementedException();

    public Utf8XmlWriter Element(string local, string? ns = null, string? text = null) => throw new NotImplementedException();

    public Utf8XmlWriter Element(XmlName name, string? text = null) => throw new NotImplementedException();

    public Utf8XmlWriter Raw(ReadOnlySpan<byte> trusted) => throw new NotImplementedException();

    public static void EscapeAttribute(ReadOnlySpan<byte> utf8, IBufferWriter<byte> output) => throw new NotImplementedException();

    public static void EscapeText(ReadOnlySpan<byte> utf8, IBufferWriter<byte> output) => throw new NotImplementedException();
}
