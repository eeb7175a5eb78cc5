using System.Globalization;
using System.Net;
using System.Net.Sockets;

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
    private static readonly TimeSpan DefaultTimeToLive = TimeSpan.FromSeconds(60);
    private readonly Dictionary<string, List<DnsRecord>> _records = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DnsOutcome> _failures = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    private DnsAnswerFile()
    {
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">A line is none of those above; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DnsAnswerFile Read(string path) => Parse(File.ReadLines(path));

    /// <summary>Reads lines.</summary>
    /// <exception cref="FormatException">A line is none of those above; the message names it.</exception>
    public static DnsAnswerFile Parse(IEnumerable<string> lines)
    {
        var file = new DnsAnswerFile();
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0 && !file.TryAdd(words))
            {
                throw new FormatException($"line {number} is no record, such as '_xmpp-server._tcp.example.org SRV 10 5 5269 xmpp.example.org'");
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

    private bool TryAdd(string[] words)
    {
        if (!DnsName.TryParse(words[0], out var owner))
        {
            return false;
        }

        var rest = words.AsSpan(1);
        var timeToLive = DefaultTimeToLive;
        if (rest is [var first, ..] && uint.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            timeToLive = TimeSpan.FromSeconds(seconds);
            rest = rest[1..];
        }

        if (rest is [var failure] && failure.ToUpperInvariant() is "SERVFAIL" or "TIMEOUT")
        {
            _failures[owner] = failure.Equals("TIMEOUT", StringComparison.OrdinalIgnoreCase) ? DnsOutcome.TimedOut : DnsOutcome.ServerFailure;
            return true;
        }

        if (Record(owner, timeToLive, rest) is not { } record)
        {
            return false;
        }

        if (!_records.TryGetValue(owner, out var records))
        {
            _records.Add(owner, records = []);
        }

        records.Add(record);
        _names.UnionWith(Above(owner));
        return true;
    }

    private static DnsRecord? Record(string owner, TimeSpan timeToLive, ReadOnlySpan<string> words) => words switch
    {
        [var type, var text] when Is(type, "A") && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork =>
            new DnsAddress(owner, timeToLive, address),
        [var type, var text] when Is(type, "AAAA") && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 =>
            new DnsAddress(owner, timeToLive, address),
        [var type, var text] when Is(type, "CNAME") && DnsName.TryParse(text, out var target) => new DnsAlias(owner, timeToLive, target),
        [var type, var priority, var weight, var port, var text] when Is(type, "SRV")
            && ushort.TryParse(priority, out var first) && ushort.TryParse(weight, out var second) && ushort.TryParse(port, out var third)
            && (DnsName.TryParse(text, out var target) || text == ".") => new DnsService(owner, timeToLive, first, second, third, target),
        _ => null,
    };

    private static bool Is(string word, string type) => word.Equals(type, StringComparison.OrdinalIgnoreCase);

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
