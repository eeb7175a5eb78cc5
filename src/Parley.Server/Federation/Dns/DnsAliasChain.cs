namespace Parley.Server.Federation.Dns;

/// <summary>The way from the name asked for, over aliases, to the records.</summary>
internal sealed class DnsAliasChain
{
    private readonly DnsType _type;
    private readonly List<string> _names;
    private TimeSpan _timeToLive = TimeSpan.MaxValue;

    internal DnsAliasChain(string name, DnsType type) => (_type, _names) = (type, [name]);

    /// <summary>The name to ask for next.</summary>
    internal string Name => _names[^1];

    /// <summary>Follows the aliases of an answer for <see cref="Name"/>. Null when its last alias has to be asked for.</summary>
    internal DnsAnswer? Follow(DnsMessage message)
    {
        var asked = Name;
        while (Alias(message.Answers) is { } alias)
        {
            if (_names.Count > UdpDnsResolver.MaxAliases || _names.Contains(alias.Target))
            {
                return DnsAnswer.Failed(DnsOutcome.ServerFailure, $"The aliases of {_names[0]} go round, or are more than {UdpDnsResolver.MaxAliases}.");
            }

            _names.Add(alias.Target);
            Shorten(alias.TimeToLive);
        }

        var records = message.Answers.Where(record => record.Type == _type && record.Owner == Name).Take(DnsAnswer.MaxRecords).ToList();
        if (records.Count > 0)
        {
            records.ForEach(record => Shorten(record.TimeToLive));
            return new DnsAnswer(DnsOutcome.Found, records, _timeToLive);
        }

        if (message.ResponseCode == DnsResponseCode.NameError)
        {
            return Nothing(DnsOutcome.NoSuchDomain, message);
        }

        // Without a word about the alias' own records: the server gave the first part of the way only.
        return Name != asked && !message.Authorities.OfType<DnsZoneStart>().Any() ? null : Nothing(DnsOutcome.NoSuchRecord, message);
    }

    private DnsAlias? Alias(IReadOnlyList<DnsRecord> answers) => answers.OfType<DnsAlias>().FirstOrDefault(alias => alias.Owner == Name);

    // RFC 2308 §5: the shorter of the zone's start's own time and its last field.
    private DnsAnswer Nothing(DnsOutcome outcome, DnsMessage message)
    {
        if (message.Authorities.OfType<DnsZoneStart>().FirstOrDefault() is not { } zone)
        {
            return new DnsAnswer(outcome, [], TimeSpan.Zero);
        }

        Shorten(zone.TimeToLive);
        Shorten(zone.Minimum);
        return new DnsAnswer(outcome, [], _timeToLive);
    }

    private void Shorten(TimeSpan timeToLive) => _timeToLive = timeToLive < _timeToLive ? timeToLive : _timeToLive;
}
