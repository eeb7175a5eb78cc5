using Parley.Protocol.Addressing;
using Parley.Server.Sessions;

namespace Parley.Server.Routing;

/// <summary>Has the messages for an account wait while those that a session did not take find another end: none overtakes.</summary>
public interface IMessageHold
{
    /// <summary>Messages for the account wait from now on, until what is returned is disposed.</summary>
    IDisposable Hold(Jid account);

    /// <summary>Whether messages for the account wait, or stored ones are being delivered to it.</summary>
    bool IsUnderWay(Jid account);

    /// <summary>Whether a session has been sent stored messages that it has not acknowledged, and that are therefore stored still.</summary>
    bool HasUnacknowledged(ClientSession session);

    /// <summary>Completes when no message waits any more, for any account, and each has found its end.</summary>
    Task AllEndedAsync();
}
