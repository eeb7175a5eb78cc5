namespace Parley.Server.Federation.Dns;

/// <summary>A message of the domain name system (RFC 1035 §4): one question, and records of the kinds in <see cref="DnsType"/>; others are passed over.</summary>
/// <remarks>
/// Reading is linear in the size of the message and safe with any bytes: a pointer goes backwards only, names end at 255 bytes, lengths are checked before
/// anything is read, and more than <see cref="MaxRecords"/> records are refused. What lies behind the authority section is not looked at.
/// </remarks>
public sealed class DnsMessage
{
    /// <summary>Bytes of a message, which TCP's length of 16 bits sets (RFC 1035 §4.2.2).</summary>
    public const int MaxLength = ushort.MaxValue;

    /// <summary>Answers and authorities together.</summary>
    public const int MaxRecords = 512;

    internal const int HeaderLength = 12;
    private const int ResponseFlag = 0x8000;
    private const int AuthoritativeFlag = 0x0400;
    private const int TruncatedFlag = 0x0200;
    private const int RecursionDesiredFlag = 0x0100;
    private const int RecursionAvailableFlag = 0x0080;
    private const int OpcodeMask = 0x7800;
    private const int ResponseCodeMask = 0x000F;
    private const ushort ClassInternet = 1;
    private const ushort TypeOptions = 41;

    // RFC 2181 §8: a time to live with its highest bit set counts as zero.
    private const uint MaxTimeToLive = int.MaxValue;

    /// <summary>What tells an answer to this question from others.</summary>
    public ushort Id { get; init; }

    /// <summary>Whether it answers.</summary>
    public bool IsResponse { get; init; }

    /// <summary>Whether the answer comes from the zone itself.</summary>
    public bool IsAuthoritative { get; init; }

    /// <summary>Whether there is more than fits into a datagram; the records are then left out.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>Whether the server asks others on our behalf.</summary>
    public bool IsRecursive { get; init; }

    /// <summary>0 to 15 (RFC 1035 §4.1.1).</summary>
    public DnsResponseCode ResponseCode { get; init; }

    /// <summary>The name asked for.</summary>
    public required string Name { get; init; }

    /// <summary>The type asked for; any number.</summary>
    public DnsType Type { get; init; }

    /// <summary>Bytes of a datagram that the sender takes (EDNS0, RFC 6891 §6.1.2); 0 says nothing about it, which is 512.</summary>
    public ushort UdpSize { get; init; }

    /// <summary>The answers.</summary>
    public IReadOnlyList<DnsRecord> Answers { get; init; } = [];

    /// <summary>The records of the authority section.</summary>
    public IReadOnlyList<DnsRecord> Authorities { get; init; } = [];

    /// <summary>Reads a message.</summary>
    /// <exception cref="DnsFormatException">It is none.</exception>
    public static DnsMessage Parse(ReadOnlySpan<byte> message)
    {
        var reader = new DnsReader(message);
        var id = reader.ReadUInt16();
        var flags = reader.ReadUInt16();
        var questions = reader.ReadUInt16();
        var answers = reader.ReadUInt16();
        var authorities = reader.ReadUInt16();
        reader.ReadUInt16();
        if (questions != 1)
        {
            throw new DnsFormatException($"There are {questions} questions, where one is due.");
        }

        if ((flags & OpcodeMask) != 0)
        {
            throw new DnsFormatException("It is not about a query.");
        }

        var name = reader.ReadName();
        var type = reader.ReadUInt16();
        if (reader.ReadUInt16() != ClassInternet)
        {
            throw new DnsFormatException("The question is not about the Internet's names.");
        }

        // What is cut off is asked for again by TCP; where it was cut does not matter.
        var isTruncated = (flags & TruncatedFlag) != 0;
        if (!isTruncated && answers + authorities > MaxRecords)
        {
            throw new DnsFormatException($"There are more than {MaxRecords} records.");
        }

        return new DnsMessage
        {
            Id = id,
            IsResponse = (flags & ResponseFlag) != 0,
            IsAuthoritative = (flags & AuthoritativeFlag) != 0,
            IsTruncated = isTruncated,
            IsRecursive = (flags & RecursionAvailableFlag) != 0,
            ResponseCode = (DnsResponseCode)(flags & ResponseCodeMask),
            Name = name,
            Type = (DnsType)type,
            Answers = isTruncated ? [] : ReadRecords(ref reader, answers),
            Authorities = isTruncated ? [] : ReadRecords(ref reader, authorities),
        };
    }

    /// <summary>Writes the message. Names are not compressed.</summary>
    /// <exception cref="DnsFormatException">It would be longer than <see cref="MaxLength"/>, or a name is none.</exception>
    public byte[] ToBytes()
    {
        var writer = new DnsWriter();
        writer.WriteUInt16(Id);
        writer.WriteUInt16((ushort)((IsResponse ? ResponseFlag : 0) | (IsAuthoritative ? AuthoritativeFlag : 0) | (IsTruncated ? TruncatedFlag : 0)
            | RecursionDesiredFlag | (IsRecursive ? RecursionAvailableFlag : 0) | ((int)ResponseCode & ResponseCodeMask)));
        writer.WriteUInt16(1);
        writer.WriteUInt16((ushort)Answers.Count);
        writer.WriteUInt16((ushort)Authorities.Count);
        writer.WriteUInt16((ushort)(UdpSize == 0 ? 0 : 1));
        writer.WriteName(Name);
        writer.WriteUInt16((ushort)Type);
        writer.WriteUInt16(ClassInternet);
        foreach (var record in Answers.Concat(Authorities))
        {
            WriteRecord(writer, record);
        }

        if (UdpSize != 0)
        {
            writer.WriteName("");
            writer.WriteUInt16(TypeOptions);
            writer.WriteUInt16(UdpSize);
            writer.WriteUInt32(0);
            writer.WriteUInt16(0);
        }

        return writer.ToArray();
    }

    private static List<DnsRecord> ReadRecords(ref DnsReader reader, int count)
    {
        var records = new List<DnsRecord>(Math.Min(count, DnsAnswer.MaxRecords));
        for (var i = 0; i < count; i++)
        {
            var owner = reader.ReadName();
            var type = (DnsType)reader.ReadUInt16();
            var recordClass = reader.ReadUInt16();
            var seconds = reader.ReadUInt32();
            var length = reader.ReadUInt16();
            var timeToLive = TimeSpan.FromSeconds(seconds > MaxTimeToLive ? 0 : seconds);
            var end = reader.End(length);
            if (recordClass == ClassInternet && ReadRecord(ref reader, owner, type, timeToLive, length) is { } record)
            {
                reader.RequireAt(end);
                records.Add(record);
            }

            reader.MoveTo(end);
        }

        return records;
    }

    private static DnsRecord? ReadRecord(ref DnsReader reader, string owner, DnsType type, TimeSpan timeToLive, int length) => type switch
    {
        DnsType.A => new DnsAddress(owner, timeToLive, reader.ReadAddress(length, 4)),
        DnsType.Aaaa => new DnsAddress(owner, timeToLive, reader.ReadAddress(length, 16)),
        DnsType.Cname => new DnsAlias(owner, timeToLive, reader.ReadName()),
        DnsType.Srv => new DnsService(owner, timeToLive, reader.ReadUInt16(), reader.ReadUInt16(), reader.ReadUInt16(), reader.ReadName()),
        DnsType.Soa => ReadZoneStart(ref reader, owner, timeToLive),
        _ => null,
    };

    private static DnsZoneStart ReadZoneStart(ref DnsReader reader, string owner, TimeSpan timeToLive)
    {
        // Its server and whom to write to; serial, refresh, retry and expiry: nothing that an asker needs.
        reader.ReadName();
        reader.ReadName();
        for (var i = 0; i < 4; i++)
        {
            reader.ReadUInt32();
        }

        return new DnsZoneStart(owner, timeToLive, TimeSpan.FromSeconds(Math.Min(reader.ReadUInt32(), MaxTimeToLive)));
    }

    private static void WriteRecord(DnsWriter writer, DnsRecord record)
    {
        writer.WriteName(record.Owner);
        writer.WriteUInt16((ushort)record.Type);
        writer.WriteUInt16(ClassInternet);
        writer.WriteUInt32((uint)record.TimeToLive.TotalSeconds);
        var start = writer.BeginLength();
        switch (record)
        {
            case DnsAddress address:
                writer.WriteBytes(address.Address.GetAddressBytes());
                break;
            case DnsAlias alias:
                writer.WriteName(alias.Target);
                break;
            case DnsService service:
                writer.WriteUInt16(service.Priority);
                writer.WriteUInt16(service.Weight);
                writer.WriteUInt16(service.Port);
                writer.WriteName(service.Target);
                break;
            case DnsZoneStart zone:
                writer.WriteName("");
                writer.WriteName("");
                for (var i = 0; i < 4; i++)
                {
                    writer.WriteUInt32(0);
                }

                writer.WriteUInt32((uint)zone.Minimum.TotalSeconds);
                break;
        }

        writer.EndLength(start);
    }
}

/// <summary>How a server answers (RFC 1035 §4.1.1).</summary>
public enum DnsResponseCode
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NameError = 3,
    NotImplemented = 4,
    Refused = 5,
}
