namespace Parley.Server.Connections.Bosh;

/// <summary>A request that is answered with a terminal binding condition (XEP-0124 §17.2).</summary>
public sealed class BoshException(BoshCondition condition, bool isLegacy = false) : Exception(condition.ToString())
{
    /// <summary>The condition that the client is told.</summary>
    public BoshCondition Condition { get; } = condition;

    /// <summary>Whether the client is one that takes an HTTP status instead.</summary>
    public bool IsLegacy { get; } = isLegacy;
}
