namespace Parley.Protocol.Extensions;

/// <summary>One of the options of a list field (XEP-0004 §3.2).</summary>
/// <param name="Value">What is submitted when it is chosen.</param>
/// <param name="Label">What a person reads, or null.</param>
public sealed record DataFormOption(string Value, string? Label = null);
