using System.Numerics;

namespace Parley.Protocol.Xml;

/// <summary>What <see cref="StanzaScanner.Read"/> found.</summary>
public enum ScanResult
{
    /// <summary>All input is consumed, and no token is complete.</summary>
    NeedMore,

    /// <summary>The open tag of the root: a stream header, without its XML declaration.</summary>
    StreamOpen,

    /// <summary>A whole top-level element: a stanza, or an element of negotiation.</summary>
    Element,

    /// <summary>The close tag of the root; empty where the root closed itself.</summary>
    StreamClose,
}

/// <summary>How elements arrive.</summary>
public enum ScannerMode
{
    /// <summary>As children of one endless root (RFC 6120 §4).</summary>
    Stream,

    /// <summary>Each on its own (WebSocket, RFC 7395; BOSH, XEP-0124).</summary>
    Document,
}

/// <summary>Cuts a byte stream into top-level elements, and refuses what XMPP forbids as soon as the byte is there that shows it.</summary>
/// <remarks>
/// It knows nesting, limits and restricted XML (RFC 6120 §11). What it lets pass may still break a rule that needs the whole token: characters,
/// references, namespaces, equal attributes. <see cref="Utf8XmlReader"/> checks those. Not for use by two threads at once.
/// </remarks>
public sealed partial class StanzaScanner
{
    // Bytes of a straddling token are gathered in steps of this size, so that what follows the token in the input is seldom copied.
    private const int GatherStep = 4096;

    private const int SmallBuffer = 512;

    private readonly ScannerMode _mode;
    private byte[]? _buffer;
    private int _buffered;
    private Phase _phase;

    /// <summary>Expects the beginning of a stream, or of a document.</summary>
    /// <param name="limits">How much a token may hold.</param>
    /// <param name="mode">How elements arrive.</param>
    public StanzaScanner(XmlLimits limits, ScannerMode mode = ScannerMode.Stream)
    {
        ArgumentNullException.ThrowIfNull(limits);
        Limits = limits;
        _mode = mode;
    }

    private enum Phase : byte
    {
        Start,
        Declaration,
        Header,
        Content,
        SelfClosed,
        Closed,
    }

    /// <summary>The limits in force; a change applies to the token under way, too.</summary>
    public XmlLimits Limits { get; set; }

    /// <summary>Whether a token has begun; white space between stanzas does not begin one.</summary>
    public bool HasPartial => _buffered > 0;

    /// <summary>Takes the next token off the front of <paramref name="input"/>.</summary>
    /// <param name="input">The bytes received; what is consumed is cut off its front. At <see cref="ScanResult.NeedMore"/> that is all of it.</param>
    /// <param name="token">The token, valid until the next call: a slice of the input or, when it came in pieces, of the scanner's buffer.</param>
    /// <exception cref="Streams.StreamException">not-well-formed, restricted-xml, unsupported-encoding, invalid-xml, or policy-violation for
    /// a limit. The scanner is of no use afterwards.</exception>
    public ScanResult Read(scoped ref ReadOnlySpan<byte> input, out ReadOnlySpan<byte> token)
    {
        token = default;
        if (_phase == Phase.SelfClosed)
        {
            _phase = Phase.Closed;
            return ScanResult.StreamClose;
        }

        while (true)
        {
            if (_buffered > 0 ? !Gather(ref input, out var whole) : !TakeWhole(ref input, out whole))
                return ScanResult.NeedMore;
            switch (_phase)
            {
                case Phase.Declaration:
                    XmlDeclaration.Check(whole);
                    _phase = HeaderOrContent;
                    continue;
                case Phase.Header:
                    token = whole;
                    RememberRoot(whole);
                    _phase = whole[^2] == '/' ? Phase.SelfClosed : Phase.Content;
                    return ScanResult.StreamOpen;
                case Phase.Closed:
                    token = whole;
                    return ScanResult.StreamClose;
                default:
                    token = whole;
                    return ScanResult.Element;
            }
        }
    }

    /// <summary>Forgets everything and expects a new stream header: the stream restarts (RFC 6120 §4.3.3). In <see cref="ScannerMode.Document"/>,
    /// expects a new document.</summary>
    public void Reset()
    {
        _buffer = null;
        _buffered = 0;
        _phase = Phase.Start;
        _root = null;
        _marksSeen = 0;
        _markDone = false;
        BeginToken();
    }

    private Phase HeaderOrContent => _mode == ScannerMode.Stream ? Phase.Header : Phase.Content;

    /// <summary>A token that begins in the input; only if it does not end there it is copied.</summary>
    private bool TakeWhole(scoped ref ReadOnlySpan<byte> input, out ReadOnlySpan<byte> whole)
    {
        whole = default;
        _buffer = null;
        SkipBetweenTokens(ref input);
        if (input.IsEmpty)
        {
            BecomeIdle();
            return false;
        }

        var visible = input.Length > Limits.MaxBytes ? input[..Limits.MaxBytes] : input;
        if (Scan(visible))
        {
            whole = Cut(input);
            input = input[whole.Length..];
            return true;
        }

        RequireRoom(visible.Length);
        _buffer = new byte[Capacity(input.Length)];
        input.CopyTo(_buffer);
        _buffered = input.Length;
        input = default;
        return false;
    }

    /// <summary>A token whose beginning is in the buffer.</summary>
    private bool Gather(scoped ref ReadOnlySpan<byte> input, out ReadOnlySpan<byte> whole)
    {
        whole = default;
        while (!input.IsEmpty)
        {
            RequireRoom(_buffered);
            var before = _buffered;
            var step = input[..Math.Min(input.Length, Math.Min(GatherStep, Limits.MaxBytes - before))];
            if (_buffer!.Length < before + step.Length)
                Array.Resize(ref _buffer, Capacity(before + step.Length));
            step.CopyTo(_buffer.AsSpan(before));
            _buffered = before + step.Length;
            if (Scan(_buffer.AsSpan(0, _buffered)))
            {
                whole = Cut(_buffer);
                input = input[(whole.Length - before)..];
                _buffered = 0;
                return true;
            }

            input = input[step.Length..];
        }

        RequireRoom(_buffered);
        return false;
    }

    private ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> data)
    {
        var whole = data[.._position];
        BeginToken();
        return whole;
    }

    private void RequireRoom(int length)
    {
        if (length >= Limits.MaxBytes)
            XmlErrors.TooBig(Limits.MaxBytes);
    }

    private int Capacity(int length)
    {
        var doubled = BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, SmallBuffer));
        return Math.Max(length, (int)Math.Min(doubled, (uint)Limits.MaxBytes));
    }
}
