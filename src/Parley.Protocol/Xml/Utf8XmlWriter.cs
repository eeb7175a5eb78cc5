using System.Buffers;
using System.Text;

namespace Parley.Protocol.Xml;

/// <summary>Writes elements as UTF-8, escaping all that it writes: what a reader reads is what was given.</summary>
/// <remarks>
/// Elements carry no prefixes; each declares its namespace where it differs from its parent's. A name that is no name, a character that XML
/// forbids and an unpaired surrogate are an <see cref="ArgumentException"/>; what was written before them stays written. That the attributes of an
/// element differ in name is the caller's care.
/// </remarks>
public sealed class Utf8XmlWriter
{
    private const int Unknown = -1;

    private readonly IBufferWriter<byte> _output;
    private readonly byte[]? _context;

    // Names and namespaces of the open elements, one behind the other.
    private byte[] _names = new byte[128];
    private Frame[] _frames = new Frame[4];
    private List<(string Prefix, string Namespace)>? _prefixes;
    private bool _tagOpen;

    /// <summary>Writes to <paramref name="output"/>, nothing being open yet.</summary>
    /// <param name="output">Where the bytes go.</param>
    /// <param name="contextNamespace">The default namespace where the output will stand: elements in it declare nothing. Empty for none;
    /// null where it is not known, and outermost elements that are given a namespace, even an empty one, declare it.</param>
    public Utf8XmlWriter(IBufferWriter<byte> output, string? contextNamespace = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        _context = contextNamespace is null ? null : XmlEscaping.Strict.GetBytes(contextNamespace);
    }

    /// <summary>Elements begun and not ended.</summary>
    public int Depth { get; private set; }

    /// <summary>Begins an element.</summary>
    /// <param name="local">Its name, without a prefix.</param>
    /// <param name="ns">Its namespace; empty for none, null for that of the element around it.</param>
    public Utf8XmlWriter Start(string local, string? ns = null)
    {
        ArgumentNullException.ThrowIfNull(local);
        ref var frame = ref Push(Encoding.UTF8.GetMaxByteCount(local.Length) + Encoding.UTF8.GetMaxByteCount(ns?.Length ?? 0));
        frame.NameLength = XmlEscaping.Strict.GetBytes(local, _names.AsSpan(frame.NameStart));
        if (ns is not null)
        {
            frame.NamespaceStart = frame.NameStart + frame.NameLength;
            frame.NamespaceLength = XmlEscaping.Strict.GetBytes(ns, _names.AsSpan(frame.NamespaceStart));
        }

        return WriteOpenTag(ns is not null);
    }

    /// <summary>Begins an element.</summary>
    public Utf8XmlWriter Start(XmlName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Start(name.LocalUtf8, name.NamespaceUtf8);
    }

    /// <summary>Writes an attribute in no namespace, or one whose prefix is <c>xml</c>.</summary>
    /// <param name="name">A name such as <c>id</c> or <c>xml:lang</c>.</param>
    /// <param name="value">The value; for null nothing is written.</param>
    public Utf8XmlWriter Attribute(string name, string? value)
    {
        if (value is null)
            return this;
        BeginAttribute(name);
        XmlEscaping.Write(value, _output, inAttribute: true);
        return EndAttribute();
    }

    /// <summary>Writes an attribute in no namespace, or one whose prefix is <c>xml</c>, its value not yet escaped.</summary>
    public Utf8XmlWriter Attribute(string name, ReadOnlySpan<byte> utf8)
    {
        BeginAttribute(name);
        XmlEscaping.Write(utf8, _output, inAttribute: true);
        return EndAttribute();
    }

    /// <summary>Copies an attribute in no namespace, or one whose prefix is <c>xml</c>.</summary>
    public Utf8XmlWriter Attribute(string name, XmlAttributeValue value)
    {
        BeginAttribute(name);
        WriteValue(value);
        return EndAttribute();
    }

    /// <summary>Writes an attribute in a namespace, and declares its prefix on the same element.</summary>
    /// <exception cref="ArgumentException">The element uses the prefix for another namespace, or prefix or namespace is reserved.</exception>
    public Utf8XmlWriter Attribute(string prefix, string local, string ns, string? value)
    {
        if (value is null)
            return this;
        Declare(prefix, ns);
        BeginAttribute(prefix, local);
        XmlEscaping.Write(value, _output, inAttribute: true);
        return EndAttribute();
    }

    public Utf8XmlWriter Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        CloseTag();
        XmlEscaping.Write(text, _output, inAttribute: false);
        return this;
    }

    /// <summary>Writes text that is not yet escaped.</summary>
    public Utf8XmlWriter Text(ReadOnlySpan<byte> utf8)
    {
        CloseTag();
        XmlEscaping.Write(utf8, _output, inAttribute: false);
        return this;
    }

    /// <summary>Ends the innermost open element; one without content as an empty tag.</summary>
    /// <exception cref="InvalidOperationException">None is open.</exception>
    public Utf8XmlWriter End()
    {
        if (Depth == 0)
            throw new InvalidOperationException("No element is open.");
        ref var frame = ref _frames[--Depth];
        if (_tagOpen)
        {
            _output.Write("/>"u8);
            _tagOpen = false;
            return this;
        }

        _output.Write("</"u8);
        _output.Write(_names.AsSpan(frame.NameStart, frame.NameLength));
        _output.Write(">"u8);
        return this;
    }

    /// <summary>Writes a whole element without attributes; null text for an empty one.</summary>
    public Utf8XmlWriter Element(string local, string? ns = null, string? text = null)
    {
        Start(local, ns);
        return (text is null ? this : Text(text)).End();
    }

    /// <summary>Writes a whole element without attributes; null text for an empty one.</summary>
    public Utf8XmlWriter Element(XmlName name, string? text = null)
    {
        Start(name);
        return (text is null ? this : Text(text)).End();
    }

    /// <summary>Writes bytes as they are, as content of the open element. Never what a peer sent, unless a reader has checked it.</summary>
    public Utf8XmlWriter Raw(ReadOnlySpan<byte> trusted)
    {
        CloseTag();
        _output.Write(trusted);
        return this;
    }

    /// <summary>Writes <paramref name="utf8"/> for between quotes of either kind.</summary>
    public static void EscapeAttribute(ReadOnlySpan<byte> utf8, IBufferWriter<byte> output) => XmlEscaping.Write(utf8, output, inAttribute: true);

    /// <summary>Writes <paramref name="utf8"/> as content of an element.</summary>
    public static void EscapeText(ReadOnlySpan<byte> utf8, IBufferWriter<byte> output) => XmlEscaping.Write(utf8, output, inAttribute: false);

    internal Utf8XmlWriter Start(ReadOnlySpan<byte> local, ReadOnlySpan<byte> ns)
    {
        ref var frame = ref Push(local.Length + ns.Length);
        frame.NameLength = local.Length;
        frame.NamespaceStart = frame.NameStart + local.Length;
        frame.NamespaceLength = ns.Length;
        local.CopyTo(_names.AsSpan(frame.NameStart));
        ns.CopyTo(_names.AsSpan(frame.NamespaceStart));
        return WriteOpenTag(hasNamespace: true);
    }

    internal void Attribute(string prefix, string local, string ns, XmlAttributeValue value)
    {
        if (prefix.Length > 0 && prefix != "xml")
            Declare(prefix, ns);
        BeginAttribute(prefix, local);
        WriteValue(value);
        EndAttribute();
    }

    /// <summary>A new frame with its namespace inherited, and room for so many bytes of names.</summary>
    private ref Frame Push(int bytes)
    {
        if (Depth == _frames.Length)
            Array.Resize(ref _frames, Depth * 2);
        var parent = Depth > 0 ? _frames[Depth - 1] : default;
        var start = parent.NameStart + parent.NameLength;
        if (Depth > 0 && parent.NamespaceLength > 0)
            start = Math.Max(start, parent.NamespaceStart + parent.NamespaceLength);
        if (_names.Length < start + bytes)
            Array.Resize(ref _names, Math.Max(_names.Length * 2, start + bytes));
        ref var frame = ref _frames[Depth];
        frame = new Frame { NameStart = start, NamespaceStart = parent.NamespaceStart, NamespaceLength = Depth > 0 ? parent.NamespaceLength : Unknown };
        return ref frame;
    }

    private Utf8XmlWriter WriteOpenTag(bool hasNamespace)
    {
        var frame = _frames[Depth];
        var name = _names.AsSpan(frame.NameStart, frame.NameLength);
        RequireName(name);
        CloseTag();
        _output.Write("<"u8);
        _output.Write(name);
        if (hasNamespace && !IsInherited(in frame))
        {
            _output.Write(" xmlns='"u8);
            XmlEscaping.Write(NamespaceOf(in frame), _output, inAttribute: true);
            _output.Write("'"u8);
        }

        Depth++;
        _tagOpen = true;
        _prefixes?.Clear();
        return this;
    }

    private bool IsInherited(ref readonly Frame frame)
    {
        if (Depth == 0 || _frames[Depth - 1].NamespaceLength == Unknown)
            return _context is not null && NamespaceOf(in frame).SequenceEqual(_context);
        return NamespaceOf(in frame).SequenceEqual(NamespaceOf(in _frames[Depth - 1]));
    }

    private ReadOnlySpan<byte> NamespaceOf(ref readonly Frame frame) => _names.AsSpan(frame.NamespaceStart, frame.NamespaceLength);

    private void CloseTag()
    {
        if (!_tagOpen)
            return;
        _output.Write(">"u8);
        _tagOpen = false;
    }

    private void BeginAttribute(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.StartsWith("xml:", StringComparison.Ordinal))
            BeginAttribute("xml", name[4..]);
        else
            BeginAttribute("", name);
    }

    private void BeginAttribute(string prefix, string local)
    {
        if (!_tagOpen)
            throw new InvalidOperationException("An attribute belongs into a start tag.");
        if (local == "xmlns" && prefix.Length == 0)
            throw new ArgumentException("The writer declares namespaces itself.", nameof(local));
        _output.Write(" "u8);
        if (prefix.Length > 0)
        {
            WriteName(prefix);
            _output.Write(":"u8);
        }

        WriteName(local);
        _output.Write("='"u8);
    }

    private Utf8XmlWriter EndAttribute()
    {
        _output.Write("'"u8);
        return this;
    }

    private void WriteName(string name)
    {
        var span = _output.GetSpan(Encoding.UTF8.GetMaxByteCount(name.Length));
        var length = XmlEscaping.Strict.GetBytes(name, span);
        RequireName(span[..length]);
        _output.Advance(length);
    }

    private static void RequireName(ReadOnlySpan<byte> name)
    {
        if (!XmlCharacters.IsName(name))
            throw new ArgumentException($"'{Encoding.UTF8.GetString(name)}' is no name.", nameof(name));
    }

    private void WriteValue(XmlAttributeValue value)
    {
        if (value.IsPlain)
            _output.Write(value.Raw);
        else
            XmlEscaping.Write(value.ToUtf8(), _output, inAttribute: true);
    }

    private void Declare(string prefix, string ns)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        ArgumentException.ThrowIfNullOrEmpty(ns);
        if (prefix is "xml" or "xmlns" || ns is "http://www.w3.org/XML/1998/namespace" or "http://www.w3.org/2000/xmlns/")
            throw new ArgumentException($"'{prefix}' or its namespace is reserved.", nameof(prefix));
        _prefixes ??= [];
        foreach (var (known, its) in _prefixes)
        {
            if (known != prefix)
                continue;
            if (its != ns)
                throw new ArgumentException($"The prefix '{prefix}' stands for another namespace here.", nameof(prefix));
            return;
        }

        _prefixes.Add((prefix, ns));
        BeginAttribute("xmlns", prefix);
        XmlEscaping.Write(ns, _output, inAttribute: true);
        EndAttribute();
    }

    private struct Frame
    {
        public int NameStart;
        public int NameLength;
        public int NamespaceStart;
        public int NamespaceLength;
    }
}
