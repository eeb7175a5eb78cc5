using Xunit.v3;

namespace Parley.Server.Tests.Muc;

/// <summary>The examples of XEP-0045 (1.35.5) that a test shows, by the numbers that its published page gives them: in the order of the document. As trait, too: <c>-trait "Example=89"</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ExampleAttribute(params int[] numbers) : Attribute, ITraitAttribute
{
    internal IReadOnlyList<int> Numbers => numbers;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [.. numbers.Select(static number => KeyValuePair.Create("Example", $"{number}"))];
}
