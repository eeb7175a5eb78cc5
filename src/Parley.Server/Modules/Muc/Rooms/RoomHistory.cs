using System.Buffers;
using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>The last messages of a room, in memory, for those who enter (XEP-0045 §7.2.13). Used in the room's turn alone.</summary>
/// <param name="room">The room's address.</param>
/// <param name="capacity">Messages at most; the oldest make room.</param>
internal sealed class RoomHistory(Jid room, int capacity)
{
    // Beside the number: a few large messages must not be many megabytes in thousands of rooms.
    private const int MaxBytes = 512 * 1024;
    private readonly Queue<Entry> _entries = new();
    private int _bytes;

    /// <summary>Adds a message as the occupants got it.</summary>
    /// <param name="id">Its id, which tells its time.</param>
    /// <param name="message">The message, from its author's address in the room.</param>
    /// <param name="isByOwner">Whether an owner sent it: he may bring what was said before there was the room, with its own time (XEP-0045 §7.9).</param>
    internal void Add(long id, Stanza message, bool isByOwner = false) => Add(Entry.Of(id, message, isByOwner));

    private void Add(Entry added)
    {
        _entries.Enqueue(added);
        _bytes += added.Message.Size;
        while (_entries.Count > capacity || (_bytes > MaxBytes && _entries.Count > 1))
        {
            _bytes -= _entries.Dequeue().Message.Size;
        }
    }

    /// <summary>Takes a message out, or puts another in its place: retracted, or moderated.</summary>
    internal void Replace(long id, Stanza? replacement)
    {
        var all = _entries.ToArray();
        _entries.Clear();
        _bytes = 0;
        foreach (var entry in all)
        {
            if (entry.Id != id)
            {
                Add(entry);
            }
            else if (replacement is not null)
            {
                Add(new Entry(id, replacement, entry.Said));
            }
        }
    }

    /// <summary>The message of an id, or null.</summary>
    internal Stanza? Find(long id) => _entries.FirstOrDefault(entry => entry.Id == id)?.Message;

    /// <summary>What somebody who enters is given, oldest first, each with the time at which it was sent.</summary>
    /// <param name="asked">What he asks for, or null.</param>
    /// <param name="max">Messages at most, whatever he asks for.</param>
    /// <param name="reader">To whom it goes.</param>
    /// <param name="now">The time.</param>
    internal IReadOnlyList<Stanza> For(MucHistoryRequest? asked, int max, Jid reader, DateTimeOffset now)
    {
        if (asked?.Seconds is { } seconds && now - TimeSpan.FromSeconds(seconds) is var earliest && (asked.Since is null || asked.Since < earliest))
        {
            asked = asked with { Since = earliest };
        }

        var since = asked?.Since is { } instant ? ArchiveId.At(instant) : long.MinValue;
        max = Math.Min(max, asked?.MaxStanzas ?? max);
        var chosen = new List<Stanza>();
        long chars = 0;
        foreach (var entry in _entries.Reverse())
        {
            if (chosen.Count >= max || entry.Id < since)
            {
                break;
            }

            var delayed = entry.Delayed(room);
            if (asked?.MaxChars is { } most && (chars += Length(delayed, reader)) > most)
            {
                break;
            }

            chosen.Add(delayed);
        }

        chosen.Reverse();
        return chosen;
    }

    // Of the whole stanza, as it is written (XEP-0045 §7.2.13).
    private static int Length(Stanza message, Jid reader)
    {
        var output = new ArrayBufferWriter<byte>(message.Size + 128);
        message.WriteTo(output, message.From, reader);
        return Encoding.UTF8.GetCharCount(output.WrittenSpan);
    }

    private sealed record Entry(long Id, Stanza Message, DateTimeOffset? Said)
    {
        private Stanza? _delayed;

        // The room's own element is the only one, for the room vouches for the time: clients take the first, or the earliest (§7.2.13).
        internal static Entry Of(long id, Stanza message, bool isByOwner) => new(
            id,
            RoomMessages.WithoutDelay(message),
            isByOwner && message.Child(DelayedDelivery.Name) is { } delay && DateTimeProfile.TryParse(delay.Attribute("stamp") ?? "", out var said) && said < ArchiveId.TimeOf(id)
                ? said
                : null);

        internal Stanza Delayed(Jid room) =>
            _delayed ??= Message.WithAppended(new DelayedDelivery(Said ?? ArchiveId.TimeOf(Id), room).WriteTo);
    }
}
