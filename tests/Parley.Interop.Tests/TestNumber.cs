using System.Globalization;

namespace Parley.Interop.Tests;

/// <summary>Numbers that the environment may change: how long the long tests are, and the seeds of the random ones.</summary>
internal static class TestNumber
{
    internal static int Of(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
