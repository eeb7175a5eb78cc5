using Microsoft.Extensions.Options;
using Parley.Protocol.Stanzas;
using Parley.Server.Hosting;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>How much one client may send to a room, ten seconds' worth at once (<see cref="MucOptions.MessageRate"/>, <see cref="MucOptions.PresenceRate"/>).</summary>
internal sealed class RoomRates(IOptions<MucOptions> options, IOptions<XmppServerOptions> server, TimeProvider time)
{
    private const int BurstSeconds = 10;

    /// <exception cref="StanzaException">policy-violation, to wait: too many.</exception>
    internal void RequireMessage(OccupantSession session) => Require(ref session.Messages, options.Value.MessageRate);

    /// <exception cref="StanzaException">policy-violation, to wait: too many.</exception>
    internal void RequirePresence(OccupantSession session) => Require(ref session.Presences, options.Value.PresenceRate);

    // The time at which what was sent would have been sent at the rate.
    private void Require(ref long due, int rate)
    {
        if (rate == 0 || !server.Value.RateLimits)
        {
            return;
        }

        var now = time.GetTimestamp();
        due = Math.Max(due, now) + (time.TimestampFrequency / rate);
        if (due - now > time.TimestampFrequency * BurstSeconds)
        {
            due -= time.TimestampFrequency / rate;
            throw new StanzaException(new StanzaError(StanzaErrorCondition.PolicyViolation, StanzaErrorType.Wait, "You send too much."));
        }
    }
}
