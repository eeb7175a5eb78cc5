namespace Parley.Protocol.Sasl;

/// <summary>An authentication exchange that cannot go on. A server answers it with <c>&lt;failure/&gt;</c>, a client with <c>&lt;abort/&gt;</c>.</summary>
public sealed class SaslException(SaslCondition condition, string? text = null)
    : Exception(text is null ? condition.Name() : $"{condition.Name()}: {text}")
{
    /// <summary>The condition to report.</summary>
    public SaslCondition Condition { get; } = condition;

    /// <summary>A sentence for people, safe to send to the peer; null says nothing more than the condition.</summary>
    public string? Text { get; } = text;

    internal static SaslException Malformed(string text) => new(SaslCondition.MalformedRequest, text);
}
