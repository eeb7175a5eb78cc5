namespace Parley.Server.Connections.WebSockets;

/// <summary>As much of a frame as there is: the whole of it, when it arrived in one piece.</summary>
public ref struct WebSocketFramePart
{
    /// <summary>What the frame carries.</summary>
    public WebSocketOpcode Opcode { get; init; }

    /// <summary>Whether the frame is the last one of its message.</summary>
    public bool IsFinal { get; init; }

    /// <summary>Whether the message that begins with the frame is compressed: RSV1 (RFC 7692 §6).</summary>
    public bool IsCompressed { get; init; }

    /// <summary>How long the payload of the whole frame is, in bytes.</summary>
    public long FrameLength { get; init; }

    /// <summary>Whether the part is the frame's first.</summary>
    public bool IsFirst { get; init; }

    /// <summary>Whether the part is the frame's last.</summary>
    public bool IsLast { get; init; }

    /// <summary>The payload, unmasked.</summary>
    public Span<byte> Payload { get; init; }
}
