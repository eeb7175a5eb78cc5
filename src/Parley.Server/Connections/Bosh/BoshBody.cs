using Parley.Protocol;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;

namespace Parley.Server.Connections.Bosh;

/// <summary>The <c>&lt;body/&gt;</c> of one request (XEP-0124 §6): what its attributes say, and where its payloads stand.</summary>
/// <remarks>It is read like the header of a stream with the stanzas that follow it, by the same scanner: no tree, and nothing is copied.</remarks>
public sealed class BoshBody
{
    /// <summary>The highest request id, 2^53 - 1 (XEP-0124 §14.1).</summary>
    public const long MaxRid = 9007199254740991;

    private readonly StanzaScanner _scanner = new(XmlLimits.BeforeAuthentication);
    private (int Start, int Length)[] _payloads = [];
    private int _read;

    private BoshBody()
    {
    }

    /// <summary>The request id.</summary>
    public long Rid { get; private set; }

    /// <summary>Whether the request names a session; one that does not asks for a new one.</summary>
    public bool HasSid { get; private set; }

    /// <summary>The session named; zero, which none is, where the name is none that this server gave.</summary>
    public UInt128 Sid { get; private set; }

    /// <summary>The highest request id whose answer, like all before it, the client has received (XEP-0124 §9.2); null where it does not say.</summary>
    public long? Ack { get; private set; }

    /// <summary>For how many seconds the client asks to be let alone (XEP-0124 §10), or null.</summary>
    public int? Pause { get; private set; }

    /// <summary>Whether the client ends the session, behind the payloads (XEP-0124 §13).</summary>
    public bool IsTerminate { get; private set; }

    /// <summary>Whether the stream begins anew (XEP-0206 §5); payloads do not count then.</summary>
    public bool IsRestart { get; private set; }

    /// <summary>The next key of the sequence (XEP-0124 §15), or null.</summary>
    public byte[]? Key { get; private set; }

    /// <summary>The first key of a new sequence (XEP-0124 §15.5), or null.</summary>
    public byte[]? NewKey { get; private set; }

    /// <summary>Whether the wrapper's attributes can be taken for what they have to be.</summary>
    public bool IsAcceptable { get; private set; } = true;

    /// <summary>How many payloads there are.</summary>
    public int PayloadCount => _payloads.Length;

    /// <summary>What is wrong with the payloads; none of them counts then. Null where nothing is.</summary>
    public StreamException? Fault { get; private set; }

    /// <summary>The namespaces in whose scope the payloads stand; null for jabber:client alone.</summary>
    /// <remarks>Many clients do not say jabber:client on their stanzas: the wrapper's own namespace stands for it there (XEP-0206 §2).</remarks>
    public XmlNamespaces? Declared { get; private set; }

    /// <summary>Whether the request brings nothing: it waits for payloads.</summary>
    public bool IsEmpty => _payloads.Length == 0 && Fault is null && !IsRestart;

    /// <summary>Where the open tag stands in the document.</summary>
    internal (int Start, int Length) Tag { get; private set; }

    /// <summary>Reads the open tag.</summary>
    /// <param name="document">The document, or its beginning.</param>
    /// <returns>Null when the tag is not complete.</returns>
    /// <exception cref="BoshException">bad-request: there is no wrapper, or something before it that XMPP forbids, or no request id.</exception>
    public static BoshBody? ReadTag(ReadOnlySpan<byte> document)
    {
        var body = new BoshBody();
        try
        {
            var rest = document;
            if (body._scanner.Read(ref rest, out var tag) != ScanResult.StreamOpen)
            {
                return null;
            }

            body._read = document.Length - rest.Length;
            body.Tag = (body._read - tag.Length, tag.Length);
            body.ReadAttributes(tag);
            return body;
        }
        catch (StreamException)
        {
            throw new BoshException(BoshCondition.BadRequest);
        }
    }

    /// <summary>Finds the payloads; what is wrong with one of them is a <see cref="Fault"/> of all.</summary>
    /// <param name="document">The whole document.</param>
    /// <param name="limits">What one payload may be.</param>
    public void ReadPayloads(ReadOnlySpan<byte> document, XmlLimits limits)
    {
        _scanner.Limits = limits;
        try
        {
            _payloads = FindPayloads(document);
        }
        catch (StreamException e)
        {
            Fault = e;
        }
    }

    /// <summary>A payload: where it begins in the document, and how long it is.</summary>
    public (int Start, int Length) Payload(int index) => _payloads[index];

    private (int Start, int Length)[] FindPayloads(ReadOnlySpan<byte> document)
    {
        (int Start, int Length)[] found = [];
        var count = 0;
        var rest = document[_read..];
        while (true)
        {
            switch (_scanner.Read(ref rest, out var token))
            {
                case ScanResult.Element:
                    if (count == found.Length)
                    {
                        Array.Resize(ref found, Math.Max(1, count * 2));
                    }

                    found[count++] = (document.Length - rest.Length - token.Length, token.Length);
                    break;
                case ScanResult.StreamClose:
                    if (_scanner.Read(ref rest, out _) != ScanResult.NeedMore || _scanner.HasPartial)
                    {
                        throw new StreamException(StreamErrorCondition.NotWellFormed, "Something stands behind the wrapper.");
                    }

                    return count == found.Length ? found : found[..count];
                default:
                    throw new StreamException(StreamErrorCondition.NotWellFormed, "The wrapper has no end.");
            }
        }
    }

    private void ReadAttributes(ReadOnlySpan<byte> tag)
    {
        var reader = new Utf8XmlReader(tag, outer: null, openTagOnly: true);
        if (!reader.Read() || !reader.NameIs("body"u8, BoshSyntax.Namespace))
        {
            throw new BoshException(BoshCondition.BadRequest);
        }

        for (var i = 0; i < reader.AttributeCount; i++)
        {
            var ns = reader.AttributeNamespaceUri(i);
            if (ns.IsEmpty)
            {
                IsAcceptable &= Take(reader.AttributeLocalName(i), reader.AttributeValue(i));
            }
            else if (ns.SequenceEqual(BoshSyntax.XmppNamespace) && reader.AttributeLocalName(i).SequenceEqual("restart"u8))
            {
                IsRestart = BoshSyntax.IsTrue(reader.AttributeValue(i));
            }
        }

        if (Rid == 0)
        {
            throw new BoshException(BoshCondition.BadRequest);
        }

        // A prefix on the wrapper is in scope in the payloads; most wrappers declare none.
        if (tag.IndexOf("xmlns:"u8) >= 0)
        {
            Declared = Scope(ref reader);
        }
    }

    // False for a value that the attribute cannot have.
    private bool Take(ReadOnlySpan<byte> name, XmlAttributeValue value)
    {
        switch (name)
        {
            case [(byte)'r', (byte)'i', (byte)'d']:
                var isRid = BoshSyntax.TryRid(value, out var rid);
                Rid = isRid ? rid : 0;
                return isRid;
            case [(byte)'s', (byte)'i', (byte)'d']:
                HasSid = true;
                Sid = BoshSyntax.Sid(value);
                return true;
            case [(byte)'a', (byte)'c', (byte)'k']:
                var isAck = BoshSyntax.TryRid(value, out var ack);
                Ack = isAck ? ack : null;
                return isAck;
            case [(byte)'p', ..] when name.SequenceEqual("pause"u8):
                var isPause = BoshSyntax.TryCount(value, out var pause);
                Pause = isPause ? pause : null;
                return isPause;
            case [(byte)'t', ..] when name.SequenceEqual("type"u8):
                IsTerminate = value.Equals("terminate"u8);
                return true;
            case [(byte)'k', (byte)'e', (byte)'y']:
                Key = value.ToUtf8();
                return true;
            case [(byte)'n', ..] when name.SequenceEqual("newkey"u8):
                NewKey = value.ToUtf8();
                return true;
            default:
                return true;
        }
    }

    private static XmlNamespaces Scope(ref Utf8XmlReader reader)
    {
        var scope = reader.NamespacesInScope();
        if (!scope.Default.SequenceEqual(BoshSyntax.Namespace))
        {
            return scope;
        }

        return scope.WithDefault(Namespaces.Client);
    }
}
