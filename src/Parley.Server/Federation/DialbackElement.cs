using System.Buffers;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Xml;

namespace Parley.Server.Federation;

/// <summary>The elements of server dialback (XEP-0220 §2).</summary>
/// <remarks>They carry the prefix <c>db</c>, declared in our stream header: some servers know no other (§2.4.1).</remarks>
internal static class DialbackElement
{
    internal const string Namespace = "jabber:server:dialback";
    internal const string FeatureNamespace = "urn:xmpp:features:dialback";
    internal static readonly XmlName Result = new("result", Namespace);
    internal static readonly XmlName Verify = new("verify", Namespace);
    internal static readonly XmlName Feature = new("dialback", FeatureNamespace);

    /// <summary>The feature that says that errors end no stream (§2.4.2).</summary>
    internal static void Advertise(Utf8XmlWriter features) => features.Start(Feature).Start("errors", FeatureNamespace).End().End();

    /// <summary>Step 1: the key of a domain pair, for the receiving server.</summary>
    internal static byte[] Key(Jid from, Jid to, string key) => Build("result", from, to, null, null, writer => writer.Write(Encoding.ASCII.GetBytes(key)));

    /// <summary>Step 2: a key to be verified by the authoritative server.</summary>
    internal static byte[] Question(Jid from, Jid to, string id, ReadOnlyMemory<byte> key) =>
        Build("verify", from, to, id, null, writer => Utf8XmlWriter.EscapeText(key.Span, writer));

    /// <summary>Step 4: whether the receiving server takes the domain pair.</summary>
    internal static byte[] Answer(Jid from, Jid to, DialbackOutcome outcome) => Answer("result", from, to, null, outcome);

    /// <summary>Step 3: whether a key is one of ours.</summary>
    internal static byte[] Answer(Jid from, Jid to, string id, DialbackOutcome outcome) => Answer("verify", from, to, id, outcome);

    private static byte[] Answer(string name, Jid from, Jid to, string? id, DialbackOutcome outcome) => Build(
        name,
        from,
        to,
        id,
        outcome.IsValid ? "valid" : outcome.IsError ? "error" : "invalid",
        writer => outcome.WriteError(new Utf8XmlWriter(writer, Namespaces.Server)));

    private static byte[] Build(string name, Jid from, Jid to, string? id, string? type, Action<ArrayBufferWriter<byte>> content)
    {
        var output = new ArrayBufferWriter<byte>(256);
        Put(output, "<db:", name);
        Attribute(output, "from", from.Domain);
        Attribute(output, "to", to.Domain);
        Attribute(output, "id", id);
        Attribute(output, "type", type);
        output.Write(">"u8);
        content(output);
        Put(output, "</db:", name);
        output.Write(">"u8);
        return output.WrittenSpan.ToArray();
    }

    private static void Attribute(ArrayBufferWriter<byte> output, string name, string? value)
    {
        if (value is not null)
        {
            Put(output, " ", name);
            output.Write("='"u8);
            Utf8XmlWriter.EscapeAttribute(Encoding.UTF8.GetBytes(value), output);
            output.Write("'"u8);
        }
    }

    private static void Put(ArrayBufferWriter<byte> output, string before, string name)
    {
        output.Write(Encoding.ASCII.GetBytes(before));
        output.Write(Encoding.ASCII.GetBytes(name));
    }
}
