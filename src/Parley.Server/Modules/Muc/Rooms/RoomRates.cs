using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Hosting;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>How much one user may send to a room, ten seconds' worth at once (<see cref="MucOptions.MessageRate"/>, <see cref="MucOptions.PresenceRate"/>, <see cref="MucOptions.RequestRate"/>).</summary>
internal sealed class RoomRates(IOptions<MucOptions> options, IOptions<XmppServerOptions> server, TimeProvider time)
{
    private const int BurstSeconds = 10;

    /// <exception cref="StanzaException">policy-violation, to wait: too many.</exception>
    internal void RequireMessage(OccupantSession session) => RequireMessages(session, 1);

    /// <summary>The same of a user who need not be in the room.</summary>
    /// <exception cref="StanzaException">policy-violation, to wait: too many.</exception>
    internal void RequireMessage(Room room, Jid user) => Require(ref room.RatesOf(user, time.GetTimestamp()).Messages, options.Value.MessageRate, 1);

    /// <exception cref="StanzaException">policy-violation, to wait: too many.</exception>
    internal void RequireRequest(OccupantSession session) => Require(ref session.Rates.Requests, options.Value.RequestRate, 1);

    /// <summary>Several that go out together, or none: what they are too many by is waited for before the next.</summary>
    /// <exception cref="StanzaException">policy-violation, to wait: too many.</exception>
    internal void RequireMessages(OccupantSession session, int count) => Require(ref session.Rates.Messages, options.Value.MessageRate, count);

    /// <exception cref="StanzaException">policy-violation, to wait: too many.</exception>
    internal void RequirePresence(OccupantSession session) => Require(ref session.Rates.Presences, options.Value.PresenceRate, 1);

    /// <summary>What a user who enters has used up already: who goes and comes again begins where he was. He may enter as often as he may change his presence.</summary>
    /// <exception cref="StanzaException">policy-violation, to wait: too many.</exception>
    internal UserRates RequireEntry(Room room, Jid user)
    {
        var rates = room.RatesOf(user, time.GetTimestamp());
        Require(ref rates.Entries, options.Value.PresenceRate, 1);
        return rates;
    }

    /// <summary>The same of what cannot be refused, and is left out where it is too much.</summary>
    internal bool HasRoomForMessage(OccupantSession session) => TryTake(ref session.Rates.Messages, options.Value.MessageRate, 1);

    private void Require(ref long due, int rate, int count)
    {
        if (!TryTake(ref due, rate, count))
        {
            throw new StanzaException(new StanzaError(StanzaErrorCondition.PolicyViolation, StanzaErrorType.Wait, "You send too much."));
        }
    }

    // The time at which what was sent would have been sent at the rate.
    private bool TryTake(ref long due, int rate, int count)
    {
        if (rate == 0 || !server.Value.RateLimits)
        {
            return true;
        }

        var now = time.GetTimestamp();
        var (from, each) = (Math.Max(due, now), time.TimestampFrequency / rate);
        if (from + each - now > time.TimestampFrequency * BurstSeconds)
        {
            return false;
        }

        due = from + (each * count);
        return true;
    }
}
