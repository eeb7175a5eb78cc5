using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;

namespace Parley.Server.Sessions.Management;

/// <summary>What a session without a connection consists of, as it is kept while the server restarts.</summary>
internal sealed record SessionState
{
    private const byte Version = 1;

    /// <summary>How long it is kept without a connection, in all.</summary>
    internal required TimeSpan ResumptionTime { get; init; }

    /// <summary>When that is over.</summary>
    internal required DateTimeOffset Expires { get; init; }

    /// <summary>How many of the client's stanzas were handled.</summary>
    internal required uint Handled { get; init; }

    /// <summary>How many of the server's the client has handled.</summary>
    internal required uint Acknowledged { get; init; }

    /// <summary>Its available presence; null when it has none.</summary>
    internal required Stanza? Presence { get; init; }

    internal required sbyte Priority { get; init; }

    internal required bool WasSecure { get; init; }

    /// <summary>What the client has not acknowledged.</summary>
    internal required IReadOnlyList<SentStanza> Stanzas { get; init; }

    /// <summary>What modules keep with it, by the names of their slots.</summary>
    internal required IReadOnlyDictionary<string, byte[]> Slots { get; init; }

    /// <summary>Writes it down.</summary>
    internal byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Version);
        writer.Write(ResumptionTime.Ticks);
        writer.Write(Expires.UtcTicks);
        writer.Write(Handled);
        writer.Write(Acknowledged);
        Write(writer, Presence?.ToBytes() ?? []);
        writer.Write(Priority);
        writer.Write(WasSecure);
        writer.Write(Stanzas.Count);
        foreach (var sent in Stanzas)
        {
            writer.Write((byte)sent.Fallback);
            writer.Write(sent.At.UtcTicks);
            Write(writer, sent.Addressed.ToBytes());
        }

        writer.Write(Slots.Count);
        foreach (var (name, content) in Slots)
        {
            writer.Write(name);
            Write(writer, content);
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It did not.</exception>
    internal static SessionState Read(ReadOnlyMemory<byte> bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes.ToArray()));
        try
        {
            return reader.ReadByte() == Version ? Read(reader) : throw new InvalidDataException("The state of a session is of another version.");
        }
        catch (Exception e) when (e is IOException or ArgumentException or FormatException or OverflowException or JidFormatException or Protocol.Streams.StreamException)
        {
            throw new InvalidDataException("The state of a session cannot be read.", e);
        }
    }

    private static SessionState Read(BinaryReader reader)
    {
        var state = new SessionState
        {
            ResumptionTime = new TimeSpan(reader.ReadInt64()),
            Expires = new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero),
            Handled = reader.ReadUInt32(),
            Acknowledged = reader.ReadUInt32(),
            Presence = ReadBytes(reader) is { Length: > 0 } presence ? ReadStanza(presence) : null,
            Priority = reader.ReadSByte(),
            WasSecure = reader.ReadBoolean(),
            Stanzas = [],
            Slots = new Dictionary<string, byte[]>(StringComparer.Ordinal),
        };
        var stanzas = new List<SentStanza>();
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            var fallback = (Fallback)reader.ReadByte();
            if (fallback > Fallback.None)
            {
                throw new InvalidDataException("What becomes of a stanza is not known.");
            }

            var at = new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero);
            var stanza = ReadStanza(ReadBytes(reader));
            stanzas.Add(new SentStanza(stanza, stanza.From, stanza.To, fallback, at));
        }

        var slots = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            slots.Add(reader.ReadString(), ReadBytes(reader));
        }

        return state with { Stanzas = stanzas, Slots = slots };
    }

    private static Stanza ReadStanza(byte[] bytes) =>
        Stanza.Read(bytes, StanzaContext.Client()) ?? throw new InvalidDataException("What was kept for a session is no stanza.");

    private static void Write(BinaryWriter writer, byte[] bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader)
    {
        // Memory is taken only for what is there.
        var length = reader.ReadInt32();
        return length >= 0 && length <= reader.BaseStream.Length - reader.BaseStream.Position ? reader.ReadBytes(length) : throw new EndOfStreamException();
    }
}
