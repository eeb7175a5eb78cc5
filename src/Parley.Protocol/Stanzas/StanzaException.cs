namespace Parley.Protocol.Stanzas;

/// <summary>A request cannot be carried out: its sender gets this error as the reply, and the stream goes on (RFC 6120 §8.3).</summary>
public sealed class StanzaException(StanzaError error) : Exception(error.Text ?? StanzaError.ConditionName(error.Condition))
{
    public StanzaException(StanzaErrorCondition condition, string? text = null)
        : this(new StanzaError(condition, text))
    {
    }

    /// <summary>The error for the reply.</summary>
    public StanzaError Error { get; } = error;
}
