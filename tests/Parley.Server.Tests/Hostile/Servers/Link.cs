using Xunit;

namespace Parley.Server.Tests.Hostile.Servers;

/// <summary>How a stream between servers lies on its connection.</summary>
public enum Link
{
    /// <summary>No TLS at all: the policy for the domain has to allow it.</summary>
    Plain,

    /// <summary>Plaintext, then STARTTLS (RFC 6120 §5).</summary>
    StartTls,

    /// <summary>TLS from the first byte (XEP-0368).</summary>
    DirectTls,
}

/// <summary>Rows of a table, each over every link.</summary>
internal static class LinkRows
{
    internal static TheoryData<Link, string, string> Over(params IEnumerable<(string Input, string Outcome)> rows)
    {
        var data = new TheoryData<Link, string, string>();
        foreach (var link in Enum.GetValues<Link>())
        {
            foreach (var (input, outcome) in rows)
            {
                data.Add(link, input, outcome);
            }
        }

        return data;
    }
}
