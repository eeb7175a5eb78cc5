using System.Reflection;
using Xunit;

namespace Parley.Server.Tests.Muc.Examples;

/// <summary>Each example of XEP-0045 is a test, or it is said why not.</summary>
public sealed class EveryExampleTests
{
    // Of version 1.35.5, counted as its page does.
    private const int Count = 220;

    [Fact]
    public void Each_example_is_a_test_or_has_a_reason_not_to_be()
    {
        var shown = typeof(EveryExampleTests).Assembly.GetTypes()
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static))
            .Where(static method => method.GetCustomAttributes<FactAttribute>().Any())
            .SelectMany(static method => method.GetCustomAttribute<ExampleAttribute>()?.Numbers ?? [])
            .ToHashSet();
        var excused = ExamplesWithoutTest.Reasons.Keys;
        var all = Enumerable.Range(1, Count).ToHashSet();

        Assert.Empty(shown.Intersect(excused));
        Assert.Empty(shown.Concat(excused).Except(all));
        Assert.Empty(all.Except(shown).Except(excused).Order());
        Assert.All(ExamplesWithoutTest.Reasons.Values, static reason => Assert.NotEmpty(reason));
    }
}
