using System.Buffers;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Streams;

/// <summary>How a stream error is written (RFC 6120 §4.9.2).</summary>
public static class StreamError
{
    /// <summary>The condition's element name (RFC 6120 §4.9.3).</summary>
    public static string Name(StreamErrorCondition condition) => condition switch
    {
        StreamErrorCondition.BadFormat => "bad-format",
        StreamErrorCondition.BadNamespacePrefix => "bad-namespace-prefix",
        StreamErrorCondition.Conflict => "conflict",
        StreamErrorCondition.ConnectionTimeout => "connection-timeout",
        StreamErrorCondition.HostGone => "host-gone",
        StreamErrorCondition.HostUnknown => "host-unknown",
        StreamErrorCondition.ImproperAddressing => "improper-addressing",
        StreamErrorCondition.InternalServerError => "internal-server-error",
        StreamErrorCondition.InvalidFrom => "invalid-from",
        StreamErrorCondition.InvalidNamespace => "invalid-namespace",
        StreamErrorCondition.InvalidXml => "invalid-xml",
        StreamErrorCondition.NotAuthorized => "not-authorized",
        StreamErrorCondition.NotWellFormed => "not-well-formed",
        StreamErrorCondition.PolicyViolation => "policy-violation",
        StreamErrorCondition.RemoteConnectionFailed => "remote-connection-failed",
        StreamErrorCondition.Reset => "reset",
        StreamErrorCondition.ResourceConstraint => "resource-constraint",
        StreamErrorCondition.RestrictedXml => "restricted-xml",
        StreamErrorCondition.SeeOtherHost => "see-other-host",
        StreamErrorCondition.SystemShutdown => "system-shutdown",
        StreamErrorCondition.UnsupportedEncoding => "unsupported-encoding",
        StreamErrorCondition.UnsupportedFeature => "unsupported-feature",
        StreamErrorCondition.UnsupportedStanzaType => "unsupported-stanza-type",
        StreamErrorCondition.UnsupportedVersion => "unsupported-version",
        _ => "undefined-condition",
    };

    /// <summary>The <c>&lt;stream:error/&gt;</c> element, encoded for a stream that binds the prefix <c>stream</c>.</summary>
    public static byte[] Encode(StreamException error)
    {
        var output = new ArrayBufferWriter<byte>(256);
        output.Write("<stream:error>"u8);
        var writer = new Utf8XmlWriter(output);
        writer.Element(Name(error.Condition), Namespaces.StreamErrors, null);
        if (error.Text is not null)
        {
            writer.Start("text", Namespaces.StreamErrors).Attribute("xml:lang", "en").Text(error.Text).End();
        }

        writer.Raw(error.ApplicationCondition.Span);
        output.Write("</stream:error>"u8);
        return output.WrittenSpan.ToArray();
    }
}
