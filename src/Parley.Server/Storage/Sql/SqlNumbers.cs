using System.Globalization;

namespace Parley.Server.Storage.Sql;

/// <summary>Many numbers as one parameter: a JSON array, which <see cref="SqlDialect.NumbersOfIds"/> takes apart.</summary>
internal static class SqlNumbers
{
    public static string Of(IEnumerable<long> numbers) =>
        $"[{string.Join(',', numbers.Select(static number => number.ToString(CultureInfo.InvariantCulture)))}]";
}
