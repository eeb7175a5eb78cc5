namespace Parley.Protocol.Streams;

/// <summary>What the peer sent, or what befell its stream, ends the stream with this error (RFC 6120 §4.9).</summary>
/// <remarks>Thrown only on the cold path; the session's boundary writes the error, the closing tag, and closes.</remarks>
public sealed class StreamException(StreamErrorCondition condition, string? text = null) : Exception(text ?? condition.ToString())
{
    /// <summary>The defined condition that the peer is told.</summary>
    public StreamErrorCondition Condition { get; } = condition;

    /// <summary>Descriptive text for the peer, or null for none.</summary>
    public string? Text { get; } = text;

    /// <summary>An application-specific condition element written after the defined one, already encoded; empty for none (RFC 6120 §4.9.4).</summary>
    public ReadOnlyMemory<byte> ApplicationCondition { get; init; }
}
