using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Stanzas;

// What changes a payload without reading it again.
public sealed partial class Stanza
{
    /// <summary>The id as text, null when there is none; made anew by each call.</summary>
    public string? IdText
    {
        get
        {
            if (Id.IsEmpty)
            {
                return null;
            }

            var raw = Id.Span;
            if (!raw.Contains((byte)'&'))
            {
                return Encoding.UTF8.GetString(raw);
            }

            var decoded = new byte[raw.Length];
            return Encoding.UTF8.GetString(decoded, 0, XmlReferences.Decode(raw, decoded, inAttribute: true));
        }
    }

    /// <summary>The same stanza with an element behind its payload.</summary>
    /// <param name="name">The name of the element.</param>
    /// <param name="element">Its bytes: whole, standing alone in jabber:client, and trusted to be so.</param>
    public Stanza WithAppended(XmlName name, ReadOnlySpan<byte> element)
    {
        ArgumentNullException.ThrowIfNull(name);
        var payload = new byte[Payload.Length + element.Length];
        Payload.Span.CopyTo(payload);
        element.CopyTo(payload.AsSpan(Payload.Length));
        var child = new StanzaChild(Payload.Length, element.Length, name.LocalUtf8Memory, name.NamespaceUtf8Memory);
        return With(payload, [.. (StanzaChild[])Children, child]);
    }

    /// <summary>The same stanza without the child elements that <paramref name="isRemoved"/> picks; the same instance when it picks none.</summary>
    public Stanza Without(Func<StanzaChild, bool> isRemoved)
    {
        ArgumentNullException.ThrowIfNull(isRemoved);
        var payload = new byte[Payload.Length];
        var children = new List<StanzaChild>(Children.Count);
        var (read, written) = (0, 0);
        foreach (var child in (StanzaChild[])Children)
        {
            if (isRemoved(child))
            {
                Copy(child.Start);
                read = child.Start + child.Length;
            }
            else
            {
                children.Add(child with { Start = child.Start - (read - written) });
            }
        }

        if (read == 0)
        {
            return this;
        }

        Copy(Payload.Length);
        return With(payload.AsMemory(0, written), [.. children]);

        void Copy(int until)
        {
            Payload.Span[read..until].CopyTo(payload.AsSpan(written));
            written += until - read;
        }
    }

    /// <summary>A stanza whose payload is one element, which is not read.</summary>
    internal static Stanza OfOneChild(StanzaKind kind, Jid from, Jid to, XmlName name, ReadOnlyMemory<byte> element) =>
        new(kind, StanzaType.None, element, [new StanzaChild(0, element.Length, name.LocalUtf8Memory, name.NamespaceUtf8Memory)])
        {
            From = from,
            To = to,
        };

    private Stanza With(ReadOnlyMemory<byte> payload, StanzaChild[] children) => new(Kind, Type, payload, children)
    {
        From = From,
        To = To,
        Id = Id,
        Language = Language,
        IsToMalformed = IsToMalformed,
        IsFromMalformed = IsFromMalformed,
    };
}
