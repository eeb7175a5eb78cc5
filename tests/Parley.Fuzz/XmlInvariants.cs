using System.Buffers;
using System.Text;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;

namespace Parley.Fuzz;

/// <summary>What holds for every input, whatever it is. Each check returns null, or what is broken.</summary>
public static class XmlInvariants
{
    private static readonly XmlLimits Tight = new() { MaxBytes = 600, MaxDepth = 6, MaxAttributes = 5 };

    public static string? Check(byte[] input, Random random)
    {
        try
        {
            return SplitsAgree(input, random, XmlEvents.Unlimited, ScannerMode.Stream)
                ?? SplitsAgree(input, random, XmlEvents.Unlimited, ScannerMode.Document)
                ?? SplitsAgree(input, random, Tight, ScannerMode.Stream)
                ?? AgreesWithSystemXml(input)
                ?? ScannerIsNotStricterThanReader(input)
                ?? WritingKeepsMeaning(input)
                ?? HeaderReads(input);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            return $"escaped: {fault}";
        }
    }

    /// <summary>The same tokens and the same refusal, whether input comes whole, byte by byte, or in pieces.</summary>
    public static string? SplitsAgree(byte[] input, Random random, XmlLimits limits, ScannerMode mode)
    {
        var whole = Scan(input, limits, mode, input.Length);
        var single = Scan(input, limits, mode, 1);
        if (whole != single)
            return $"{mode}, byte by byte:\n{single}\nwhole:\n{whole}";
        for (var i = 0; i < 3; i++)
        {
            var seed = random.Next();
            var pieces = Scan(input, limits, mode, 0, new Random(seed));
            if (whole != pieces)
                return $"{mode}, in pieces (seed {seed}):\n{pieces}\nwhole:\n{whole}";
        }

        return null;
    }

    /// <summary>Every token of a stream as a line, then how it ended.</summary>
    public static string Scan(ReadOnlySpan<byte> input, XmlLimits limits, ScannerMode mode, int pieceLength, Random? pieces = null)
    {
        var scanner = new StanzaScanner(limits, mode);
        var lines = new StringBuilder();
        try
        {
            while (!input.IsEmpty)
            {
                var length = Math.Min(input.Length, pieces?.Next(1, 40) ?? pieceLength);
                // A copy that is soiled afterwards shows a token that outlives its bytes.
                var piece = input[..length].ToArray();
                var rest = (ReadOnlySpan<byte>)piece;
                input = input[length..];
                ScanResult result;
                while ((result = scanner.Read(ref rest, out var token)) != ScanResult.NeedMore)
                    lines.Append(result).Append(' ').Append(Convert.ToHexString(token)).Append('\n');
                if (!rest.IsEmpty)
                    return "input left behind";
                piece.AsSpan().Fill((byte)'!');
            }

            return lines.Append(scanner.HasPartial ? "within a token" : "between tokens").ToString();
        }
        catch (StreamException refused)
        {
            return lines.Append(refused.Condition).ToString();
        }
    }

    /// <summary>Accepted by both with the same content, or refused by both; but for what XMPP forbids and XML does not.</summary>
    public static string? AgreesWithSystemXml(byte[] input)
    {
        var ours = XmlEvents.FromDocument(input);
        if (ours.Refusal is StreamErrorCondition.RestrictedXml or StreamErrorCondition.UnsupportedEncoding or StreamErrorCondition.PolicyViolation)
            return null;
        // .NET passes over a character that is cut short at the very end.
        if (!System.Text.Unicode.Utf8.IsValid(input))
            return ours.IsAccepted ? "accepted what is no UTF-8" : null;
        var theirs = XmlEvents.FromSystemXml(input);
        if (ours.Lines == theirs.Lines)
            return null;
        // .NET knows the names of the fourth edition, which has fewer characters for them.
        if (ours.IsAccepted && !theirs.IsAccepted && HasNameBeyondAscii(input))
            return null;
        // .NET takes any version that begins with "1.0".
        if (!ours.IsAccepted && input.AsSpan().IndexOf("<?xml"u8) >= 0)
            return null;
        return $"ours: {ours.Refusal}\n{ours.Lines}\nSystem.Xml: {theirs.Refusal}\n{theirs.Lines}";
    }

    /// <summary>Where the reader accepts, the scanner found one element and nothing else.</summary>
    public static string? ScannerIsNotStricterThanReader(byte[] input)
    {
        var read = XmlEvents.FromElement(input);
        var both = XmlEvents.FromDocument(input);
        return read.IsAccepted && read != both ? $"reader alone accepts, the scanner says {both.Refusal}\n{read.Lines}" : null;
    }

    /// <summary>An element written anew reads the same, and written once more is the same bytes.</summary>
    public static string? WritingKeepsMeaning(byte[] input)
    {
        var events = XmlEvents.FromElement(input);
        if (!events.IsAccepted)
            return null;
        var element = XmlElement.Parse(input);
        var written = element.ToStandaloneBytes();
        if (XmlEvents.FromElement(written) is var again && again != events)
            return $"written: {Encoding.UTF8.GetString(written)}\nread back: {again.Refusal}\n{again.Lines}\nbefore:\n{events.Lines}";
        if (!XmlElement.Parse(written).ToStandaloneBytes().AsSpan().SequenceEqual(written))
            return $"written twice differs: {Encoding.UTF8.GetString(written)}";
        byte[] around = [.. "<x xmlns='jabber:client'>"u8, .. element.ToStandaloneBytes("jabber:client"), .. "</x>"u8];
        var context = XmlElement.Parse(around);
        var enumerator = context.Children.GetEnumerator();
        if (!enumerator.MoveNext() || XmlEvents.FromTree(enumerator.Current) != XmlEvents.FromTree(element))
            return "differs in the context it was written for";
        return ValuesSurvive(element);
    }

    /// <summary>Values and text written from strings are what is read.</summary>
    private static string? ValuesSurvive(XmlElement element)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var attribute in element.Attributes)
        {
            output.ResetWrittenCount();
            new Utf8XmlWriter(output).Start("a").Attribute("b", attribute.Value).Text(attribute.Value).End();
            var read = XmlElement.Parse(output.WrittenMemory);
            if (read.Attribute("b") != attribute.Value || read.Text != attribute.Value)
                return $"a value changed: {attribute.Value}";
        }

        return null;
    }

    /// <summary>A stream header is read or refused, and its namespaces serve the stanzas behind it.</summary>
    private static string? HeaderReads(byte[] input)
    {
        ReadOnlySpan<byte> rest = input;
        var scanner = new StanzaScanner(XmlEvents.Unlimited);
        XmlNamespaces? outer = null;
        try
        {
            ScanResult result;
            while ((result = scanner.Read(ref rest, out var token)) != ScanResult.NeedMore)
            {
                if (result == ScanResult.StreamOpen)
                {
                    var header = new Utf8XmlReader(token, null, openTagOnly: true);
                    header.Read();
                    outer = header.NamespacesInScope();
                    if (header.Read())
                        return "a header with content";
                }
                else if (result == ScanResult.Element && XmlEvents.FromElement(token, outer) is { IsAccepted: true } events)
                {
                    var written = XmlElement.Parse(token.ToArray(), outer).ToStandaloneBytes();
                    if (XmlEvents.FromElement(written) != events)
                        return $"a stanza taken out of its stream changed: {Encoding.UTF8.GetString(written)}";
                    if (PayloadsStandAloneUnlessTheyLean(token, outer!) is { } leaning)
                        return leaning;
                }
            }
        }
        catch (StreamException)
        {
            return null;
        }

        return null;
    }

    /// <summary>A child of which the reader says that it leans on nothing means the same anywhere.</summary>
    private static string? PayloadsStandAloneUnlessTheyLean(ReadOnlySpan<byte> stanza, XmlNamespaces outer)
    {
        var reader = new Utf8XmlReader(stanza, outer);
        reader.Read();
        var around = reader.NamespacesInScope();
        while (true)
        {
            reader.ClearUsedOuter();
            if (!reader.Read() || reader.TokenType == XmlTokenType.EndElement)
                return null;
            if (reader.TokenType == XmlTokenType.Text)
                continue;
            var start = reader.TokenStart;
            reader.Skip();
            var payload = stanza[start..reader.TokenEnd];
            var without = reader.UsedOuterPrefix ? around : reader.UsedOuterDefault ? new XmlNamespaces(Encoding.UTF8.GetString(around.Default)) : null;
            if (XmlEvents.FromElement(payload, without) != XmlEvents.FromElement(payload, around))
                return $"a payload leans unnoticed: {Encoding.UTF8.GetString(payload)}";
        }
    }

    private static bool HasNameBeyondAscii(ReadOnlySpan<byte> input)
    {
        if (Ascii.IsValid(input))
            return false;
        var scanner = new StanzaScanner(XmlEvents.Unlimited, ScannerMode.Document);
        scanner.Read(ref input, out var token);
        var reader = new Utf8XmlReader(token);
        while (reader.Read())
        {
            if (reader.TokenType != XmlTokenType.StartElement)
                continue;
            var tag = token[reader.TokenStart..reader.TokenEnd];
            var quoted = (byte)0;
            foreach (var b in tag)
            {
                if (quoted != 0)
                    quoted = b == quoted ? (byte)0 : quoted;
                else if (b is (byte)'\'' or (byte)'"')
                    quoted = b;
                else if (b > 0x7F)
                    return true;
            }
        }

        return false;
    }
}
