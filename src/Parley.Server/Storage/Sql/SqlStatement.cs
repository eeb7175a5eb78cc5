using System.Text.RegularExpressions;

namespace Parley.Server.Storage.Sql;

/// <summary>A statement's text and the names of its parameters, in the order in which they first occur in it.</summary>
/// <remarks>Keep one instance for each text: connections know their prepared commands by it.</remarks>
public sealed partial class SqlStatement
{
    public SqlStatement(string text)
    {
        Text = text;
        Parameters = [.. ParameterName().Matches(text).Select(static match => match.Value).Distinct(StringComparer.Ordinal)];
    }

    public string Text { get; }

    public IReadOnlyList<string> Parameters { get; }

    [GeneratedRegex("@[a-z_]+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex ParameterName();
}
