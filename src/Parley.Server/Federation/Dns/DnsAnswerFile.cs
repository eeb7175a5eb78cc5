namespace Parley.Server.Federation.Dns;

/// <summary>
/// A file of fixed answers. One record a line, words separated by white space, <c>#</c> begins a comment; the time to live in seconds may be left out (then 60):
/// <code>
/// # NAME                         [TTL] TYPE  DATA
/// _xmpp-server._tcp.example.org        SRV   10 5 5269 xmpp.example.org    (priority weight port target; target '.': not offered)
/// xmpp.example.org               300   A     192.0.2.7
/// xmpp.example.org                     AAAA  2001:db8::7
/// chat.example.org                     CNAME xmpp.example.org
/// *.example.net                        A     192.0.2.8                     (every name below that the file does not have itself)
/// broken.example.org                   SERVFAIL                            (the answer is a failure, for this name and those below)
/// silent.example.org                   TIMEOUT                             (likewise: no answer)
/// </code>
/// </summary>
/// <remarks>At most 100,000 records. A name that is not there, and none below it, does not exist.</remarks>
public sealed class DnsAnswerFile
{
    private const int MaxRecords = 100_000;
    private readonly Dictionary<string, List<DnsRecord>> _records = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DnsOutcome> _failures = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    private DnsAnswerFile()
    {
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">A line is none of those above; the message names it and the word that is wrong.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DnsAnswerFile Read(string path) => Parse(File.ReadLines(path));

    /// <summary>Reads lines.</summary>
    /// <exception cref="FormatException">A line is none of those above; the message names it and the word that is wrong.</exception>
    public static DnsAnswerFile Parse(IEnumerable<string> lines)
    {
        var file = new DnsAnswerFile();
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            try
            {
                if (words.Length > 0)
                {
                    file.Add(DnsAnswerLine.Parse(words));
                }
            }
            catch (FormatException e)
            {
                throw new FormatException($"line {number}: {e.Message}", e);
            }

            if (number > MaxRecords)
            {
                throw new FormatException($"it has more than {MaxRecords} lines");
            }
        }

        return file;
    }

    internal DnsOutcome? FailureOf(string name) =>
        Above(name).Select(above => _failures.TryGetValue(above, out var failure) ? failure : (DnsOutcome?)null).FirstOrDefault(static failure => failure is not null);

    internal bool Exists(string name) => _names.Contains(name) || Wildcard(name) is not null;

    internal IReadOnlyList<DnsRecord> RecordsOf(string name)
    {
        if (_records.TryGetValue(name, out var records))
        {
            return records;
        }

        return _names.Contains(name) || Wildcard(name) is not { } wildcard ? [] : [.. _records[wildcard].Select(record => record with { Owner = name })];
    }

    private string? Wildcard(string name) =>
        Above(name).Skip(1).Select(static above => "*." + above).FirstOrDefault(_records.ContainsKey);

    private void Add(DnsAnswerLine line)
    {
        if (line.Record is not { } record)
        {
            _failures[line.Owner] = line.Failure;
            return;
        }

        if (!_records.TryGetValue(line.Owner, out var records))
        {
            _records.Add(line.Owner, records = []);
        }

        records.Add(record);
        _names.UnionWith(Above(line.Owner));
    }

    /// <summary>The name and those above it.</summary>
    private static IEnumerable<string> Above(string name)
    {
        for (var rest = name; rest.Length > 0;)
        {
            yield return rest;
            var dot = rest.IndexOf('.');
            rest = dot < 0 ? "" : rest[(dot + 1)..];
        }
    }
}
