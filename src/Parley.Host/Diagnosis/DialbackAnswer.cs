using System.Buffers;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Xml;

namespace Parley.Host.Diagnosis;

/// <summary>The elements of dialback that the doctor sends, and what is answered (XEP-0220 §2).</summary>
internal static class DialbackAnswer
{
    internal const string Valid = "valid";
    internal const string Invalid = "invalid";
    private const string Namespace = "jabber:server:dialback";

    /// <summary>A key that asks to be taken.</summary>
    internal static byte[] Key(string from, string to, string key) => Build("result", from, to, null, key);

    /// <summary>A question whether a key is one of the other side's.</summary>
    internal static byte[] Question(string from, string to, string id, string key) => Build("verify", from, to, id, key);

    /// <summary>Reads an answer: <see cref="Valid"/>, <see cref="Invalid"/>, or the name of an error's condition.</summary>
    /// <exception cref="ProbeException">It is none.</exception>
    internal static string Read(XmlElement answer)
    {
        if (answer.NamespaceUri != Namespace)
        {
            throw new ProbeException($"what came instead of an answer is <{answer.LocalName}/>");
        }

        return answer.Attribute("type") switch
        {
            Valid => Valid,
            Invalid => Invalid,
            "error" => Condition(answer),
            _ => throw new ProbeException("what came has no type that there is"),
        };
    }

    private static string Condition(XmlElement answer)
    {
        foreach (var error in answer.Children)
        {
            foreach (var condition in error.Children)
            {
                if (condition.NamespaceUri == Namespaces.StanzaErrors && condition.LocalName != "text")
                {
                    return condition.LocalName;
                }
            }
        }

        return "error";
    }

    // The prefix that the header declares: some servers know no other (§2.4.1).
    private static byte[] Build(string name, string from, string to, string? id, string content)
    {
        var output = new ArrayBufferWriter<byte>(512);
        output.Write(Encoding.ASCII.GetBytes($"<db:{name} from='"));
        Escape(from);
        output.Write("' to='"u8);
        Escape(to);
        if (id is not null)
        {
            output.Write("' id='"u8);
            Escape(id);
        }

        output.Write("'>"u8);
        Escape(content);
        output.Write(Encoding.ASCII.GetBytes($"</db:{name}>"));
        return output.WrittenSpan.ToArray();

        void Escape(string text) => Utf8XmlWriter.EscapeAttribute(Encoding.UTF8.GetBytes(text), output);
    }
}
