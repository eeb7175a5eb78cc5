using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Parley.Server.Federation.Dns;

/// <summary>One line of a <see cref="DnsAnswerFile"/>: a record, or a failure.</summary>
/// <param name="Owner">The name that the answer is about.</param>
/// <param name="Record">The record; null for a failure.</param>
/// <param name="Failure">What the answer is for this name and those below.</param>
internal sealed record DnsAnswerLine(string Owner, DnsRecord? Record, DnsOutcome Failure)
{
    private const string Types = "A, AAAA, CNAME, SRV, SERVFAIL and TIMEOUT";
    private static readonly TimeSpan DefaultTimeToLive = TimeSpan.FromSeconds(60);

    /// <summary>Reads the words of a line.</summary>
    /// <exception cref="FormatException">They are no record; the message says which word is wrong, and what it takes.</exception>
    internal static DnsAnswerLine Parse(string[] words)
    {
        var owner = Name(words[0]);
        var rest = words.AsSpan(1);
        var timeToLive = DefaultTimeToLive;
        if (rest is [var first, ..] && uint.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            timeToLive = TimeSpan.FromSeconds(seconds);
            rest = rest[1..];
        }

        if (rest.IsEmpty)
        {
            throw new FormatException($"'{words[^1]}' is the last word: behind it comes one of {Types}");
        }

        var type = rest[0].ToUpperInvariant();
        var data = rest[1..];
        return type switch
        {
            "SERVFAIL" => new(owner, Nothing(data, type), DnsOutcome.ServerFailure),
            "TIMEOUT" => new(owner, Nothing(data, type), DnsOutcome.TimedOut),
            "A" => new(owner, new DnsAddress(owner, timeToLive, Address(data, type, AddressFamily.InterNetwork, "IPv4 address, such as 192.0.2.7")), default),
            "AAAA" => new(owner, new DnsAddress(owner, timeToLive, Address(data, type, AddressFamily.InterNetworkV6, "IPv6 address, such as 2001:db8::7")), default),
            "CNAME" => new(owner, new DnsAlias(owner, timeToLive, Name(Only(data, type, "a name"))), default),
            "SRV" => new(owner, Service(owner, timeToLive, data), default),
            _ => throw new FormatException($"'{rest[0]}' is none of {Types}"),
        };
    }

    private static DnsService Service(string owner, TimeSpan timeToLive, ReadOnlySpan<string> data)
    {
        if (data.Length != 4)
        {
            throw data.Length > 4 ? TooMany(data[4]) : new FormatException("SRV takes priority, weight, port and target, such as 'SRV 10 5 5269 xmpp.example.org'");
        }

        return new(owner, timeToLive, Number(data[0], "priority"), Number(data[1], "weight"), Number(data[2], "port"), data[3] == "." ? "" : Name(data[3]));
    }

    private static DnsRecord? Nothing(ReadOnlySpan<string> data, string type) =>
        data.IsEmpty ? null : throw new FormatException($"'{data[0]}': nothing comes behind {type}");

    private static string Only(ReadOnlySpan<string> data, string type, string takes) => data switch
    {
        [] => throw new FormatException($"{type} takes {takes}"),
        [var word] => word,
        _ => throw TooMany(data[1]),
    };

    private static IPAddress Address(ReadOnlySpan<string> data, string type, AddressFamily family, string takes)
    {
        var word = Only(data, type, $"an {takes}");
        return IPAddress.TryParse(word, out var address) && address.AddressFamily == family ? address : throw new FormatException($"'{word}' is no {takes}");
    }

    private static string Name(string word) => DnsName.TryParse(word, out var name) ? name : throw new FormatException($"'{word}' is no name");

    private static ushort Number(string word, string what) =>
        ushort.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"'{word}' is no {what}: it takes 0 to 65535");

    private static FormatException TooMany(string word) => new($"'{word}' is one word too many");
}
