using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>A room (XEP-0045): an entity with an address and one logical thread. Everything but <see cref="Address"/> and <see cref="Gate"/> is used in its turn alone.</summary>
/// <remarks>What happens in it is in the use cases; here is only what they share.</remarks>
internal sealed class Room
{
    private List<OccupantSession> _lost = [];
    private readonly Dictionary<Jid, UserRates> _rates = [];
    private int _ratesAtMost = 64;
    private long _turns;

    internal Room(Jid address, RoomConfiguration configuration, Affiliations affiliations, RoomHistory history)
    {
        Address = address;
        Configuration = configuration;
        Affiliations = affiliations;
        History = history;
    }

    /// <summary>The bare JID.</summary>
    internal Jid Address { get; }

    /// <summary>Whose turn it is.</summary>
    internal RoomGate Gate { get; } = new();

    /// <summary>Has what is written to many clients leave.</summary>
    internal RoomSweep Sweep { get; } = new();

    internal RoomConfiguration Configuration { get; set; }

    internal Affiliations Affiliations { get; }

    internal Occupants Occupants { get; } = new();

    internal RoomHistory History { get; }

    /// <summary>Who was given voice, or had it taken.</summary>
    internal RoomVoices Voices { get; } = new();

    /// <summary>The subject; null when there never was one.</summary>
    internal RoomSubject? Subject { get; set; }

    /// <summary>The room's vCard, with its avatar; null for none.</summary>
    internal RoomVCard? VCard { get; set; }

    /// <summary>The hats that users wear in it (XEP-0317).</summary>
    internal RoomHats Hats { get; set; } = RoomHats.None;

    /// <summary>Who creates the room, as long as nobody else may enter (XEP-0045 §10.1.1); null once it is unlocked.</summary>
    internal Jid? LockedBy { get; set; }

    /// <summary>Since when, as a timestamp.</summary>
    internal long LockedSince { get; set; }

    /// <summary>Whether nobody but its creator may enter yet.</summary>
    internal bool IsLocked => LockedBy is not null;

    /// <summary>Who made it in this process: his bare JID; null for a room out of the store.</summary>
    internal Jid? CreatedBy { get; init; }

    /// <summary>Whether it has just been made, and nobody has entered it yet.</summary>
    internal bool IsNew { get; set; }

    /// <summary>Whether the store has it.</summary>
    internal bool IsStored { get; set; }

    /// <summary>Whether the room is not the one of its address any more: destroyed, or forgotten until somebody asks for it again.</summary>
    internal bool IsGone { get; set; }

    /// <summary>Bare JIDs of those who have asked to become members, and whom no admin has answered yet.</summary>
    internal HashSet<Jid> Applicants { get; } = [];

    /// <summary>The time at which the last occupant left, as a timestamp.</summary>
    internal long EmptySince { get; set; }

    /// <summary>Whether an occupant sees real addresses.</summary>
    internal bool Shows(MucRole role) => Configuration.IsNonAnonymous || role == MucRole.Moderator;

    /// <summary>How far a user has used up what he may send; of those who have gone it is known for as long as it says anything.</summary>
    /// <param name="user">His bare JID.</param>
    /// <param name="now">The time, as a timestamp.</param>
    internal UserRates RatesOf(Jid user, long now)
    {
        if (_rates.TryGetValue(user, out var known))
        {
            return known;
        }

        if (_rates.Count >= _ratesAtMost)
        {
            var present = Occupants.All.Select(static occupant => occupant.User).ToHashSet();
            foreach (var (other, rates) in _rates)
            {
                if (rates.IsForgotten(now) && !present.Contains(other))
                {
                    _rates.Remove(other);
                }
            }

            // So that few entries look through all.
            _ratesAtMost = Math.Max(64, _rates.Count * 2);
        }

        return _rates[user] = new UserRates();
    }

    /// <summary>A number above all before.</summary>
    internal long NextTurn() => ++_turns;

    /// <summary>Notes a client that takes nothing more: it leaves when the turn ends.</summary>
    internal void Lose(OccupantSession session)
    {
        if (!session.IsLost)
        {
            session.IsLost = true;
            _lost.Add(session);
        }
    }

    /// <summary>The clients that were noted since the last time.</summary>
    internal IReadOnlyList<OccupantSession> TakeLost()
    {
        if (_lost.Count == 0)
        {
            return [];
        }

        var lost = _lost;
        _lost = [];
        return lost;
    }
}
