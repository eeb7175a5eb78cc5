using System.Buffers;
using System.Globalization;
using System.Text;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;

namespace Parley.Server.Connections.Bosh;

/// <summary>The attributes of the answer that creates a session (XEP-0124 §7.2, XEP-0206 §4).</summary>
internal static class BoshCreated
{
    /// <summary>The attributes, each with a space before it.</summary>
    internal static byte[] Attributes(UInt128 sid, BoshTerms terms, StreamHeader header)
    {
        var output = new ArrayBufferWriter<byte>(512);
        Add(output, "sid", BoshSyntax.Sid(sid));
        Add(output, "authid", header.Id ?? "");
        Add(output, "wait", Seconds(terms.Wait));
        Add(output, "hold", terms.Hold.ToString(CultureInfo.InvariantCulture));
        Add(output, "requests", terms.Requests.ToString(CultureInfo.InvariantCulture));
        Add(output, "inactivity", Seconds(terms.Inactivity));
        Add(output, "polling", Seconds(terms.Polling));
        Add(output, "maxpause", Seconds(terms.MaxPause));
        Add(output, "ver", $"{terms.Version.Major}.{terms.Version.Minor}");
        Add(output, "accept", "gzip,deflate");
        Add(output, "from", header.From ?? "");
        if (terms.IsSecure)
        {
            Add(output, "secure", "true");
        }

        Add(output, "xmpp:version", "1.0");
        Add(output, "xmpp:restartlogic", "true");
        Add(output, "xmlns:xmpp", "urn:xmpp:xbosh");
        return output.WrittenSpan.ToArray();
    }

    private static string Seconds(TimeSpan time) => ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static void Add(ArrayBufferWriter<byte> output, string name, string value)
    {
        output.Write(Encoding.UTF8.GetBytes($" {name}='"));
        Utf8XmlWriter.EscapeAttribute(Encoding.UTF8.GetBytes(value), output);
        output.Write("'"u8);
    }
}
