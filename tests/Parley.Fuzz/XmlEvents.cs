using System.Text;
using System.Xml;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using XmlElement = Parley.Protocol.Xml.XmlElement;

namespace Parley.Fuzz;

/// <summary>What a reader sees in a document, as lines that can be compared; or why it refuses it.</summary>
public sealed record XmlEvents(string? Lines, StreamErrorCondition? Refusal = null)
{
    public bool IsAccepted => Lines is not null;

    /// <summary>A whole document through scanner and reader, as a WebSocket message would pass them.</summary>
    public static XmlEvents FromDocument(ReadOnlySpan<byte> document)
    {
        try
        {
            var scanner = new StanzaScanner(Unlimited, ScannerMode.Document);
            if (scanner.Read(ref document, out var token) != ScanResult.Element)
                return new XmlEvents(null, StreamErrorCondition.NotWellFormed);
            var events = FromElement(token);
            return scanner.Read(ref document, out _) == ScanResult.NeedMore && !scanner.HasPartial
                ? events
                : new XmlEvents(null, StreamErrorCondition.NotWellFormed);
        }
        catch (StreamException refused)
        {
            return new XmlEvents(null, refused.Condition);
        }
    }

    /// <summary>One element through the reader alone.</summary>
    public static XmlEvents FromElement(ReadOnlySpan<byte> element, XmlNamespaces? outer = null)
    {
        try
        {
            var lines = new Recorder();
            var reader = new Utf8XmlReader(element, outer);
            while (reader.Read())
            {
                if (reader.TokenType == XmlTokenType.Text)
                    lines.Text(reader.GetText());
                else if (reader.TokenType == XmlTokenType.EndElement)
                    lines.End(Encoding.UTF8.GetString(reader.LocalName), Encoding.UTF8.GetString(reader.NamespaceUri));
                else
                    lines.Start(Encoding.UTF8.GetString(reader.LocalName), Encoding.UTF8.GetString(reader.NamespaceUri), AttributesOf(ref reader));
            }

            return new XmlEvents(lines.ToString());
        }
        catch (StreamException refused)
        {
            return new XmlEvents(null, refused.Condition);
        }
    }

    /// <summary>The same element, walked as a tree.</summary>
    public static XmlEvents FromTree(XmlElement root)
    {
        var lines = new Recorder();
        Walk(root);
        return new XmlEvents(lines.ToString());

        void Walk(XmlElement element)
        {
            var attributes = new List<string>();
            foreach (var attribute in element.Attributes)
                attributes.Add(Recorder.Attribute(attribute.LocalName, attribute.NamespaceUri, attribute.Value));
            lines.Start(element.LocalName, element.NamespaceUri, attributes);
            lines.Text(element.Text);
            foreach (var child in element.Children)
                Walk(child);
            lines.End(element.LocalName, element.NamespaceUri);
        }
    }

    /// <summary>What the reader of .NET says.</summary>
    public static XmlEvents FromSystemXml(byte[] document)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, ConformanceLevel = ConformanceLevel.Document, XmlResolver = null };
        try
        {
            var lines = new Recorder();
            using var reader = XmlReader.Create(new MemoryStream(document), settings);
            while (reader.Read())
            {
                switch (reader.NodeType)
                {
                    case XmlNodeType.Element:
                        var isEmpty = reader.IsEmptyElement;
                        lines.Start(reader.LocalName, reader.NamespaceURI, AttributesOf(reader));
                        if (isEmpty)
                            lines.End(reader.LocalName, reader.NamespaceURI);
                        break;
                    case XmlNodeType.EndElement:
                        lines.End(reader.LocalName, reader.NamespaceURI);
                        break;
                    case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace:
                    case XmlNodeType.Whitespace when reader.Depth > 0:
                        lines.Text(reader.Value);
                        break;
                }
            }

            return new XmlEvents(lines.ToString());
        }
        catch (XmlException)
        {
            return new XmlEvents(null, StreamErrorCondition.NotWellFormed);
        }
    }

    public static XmlLimits Unlimited { get; } = new() { MaxBytes = int.MaxValue, MaxDepth = int.MaxValue, MaxAttributes = int.MaxValue };

    private static List<string> AttributesOf(ref Utf8XmlReader reader)
    {
        var attributes = new List<string>();
        for (var i = 0; i < reader.AttributeCount; i++)
        {
            attributes.Add(Recorder.Attribute(
                Encoding.UTF8.GetString(reader.AttributeLocalName(i)),
                Encoding.UTF8.GetString(reader.AttributeNamespaceUri(i)),
                reader.AttributeValue(i).ToString()));
        }

        return attributes;
    }

    private static List<string> AttributesOf(XmlReader reader)
    {
        var attributes = new List<string>();
        while (reader.MoveToNextAttribute())
        {
            if (reader.NamespaceURI != "http://www.w3.org/2000/xmlns/")
                attributes.Add(Recorder.Attribute(reader.LocalName, reader.NamespaceURI, reader.Value));
        }

        reader.MoveToElement();
        return attributes;
    }

    private sealed class Recorder
    {
        private readonly StringBuilder _lines = new();
        private bool _inText;

        public static string Attribute(string local, string ns, string value) => $"{{{ns}}}{local}={Quote(value)}";

        public void Start(string local, string ns, List<string> attributes)
        {
            Break();
            _lines.Append($"<{{{ns}}}{local}");
            foreach (var attribute in attributes.Order(StringComparer.Ordinal))
                _lines.Append(' ').Append(attribute);
            _lines.Append('\n');
        }

        public void End(string local, string ns)
        {
            Break();
            _lines.Append($"/{{{ns}}}{local}\n");
        }

        // Adjacent pieces join, however a reader cuts them.
        public void Text(string text)
        {
            if (text.Length == 0)
                return;
            if (!_inText)
                _lines.Append('"');
            _inText = true;
            _lines.Append(Quote(text));
        }

        public override string ToString() => _lines.ToString();

        private void Break()
        {
            if (_inText)
                _lines.Append('\n');
            _inText = false;
        }

        private static string Quote(string text) =>
            text.Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\r", "\\r").Replace("\t", "\\t");
    }
}
