using Microsoft.Extensions.Logging;

namespace Parley.Server.Diagnostics;

/// <summary>The server's log messages, each with an event id that stays.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "Stream {StreamId} opened from {Address}")]
    internal static partial void StreamOpened(ILogger logger, string streamId, System.Net.IPAddress address);

    [LoggerMessage(2, LogLevel.Debug, "Stream {StreamId} closed")]
    internal static partial void StreamClosed(ILogger logger, string streamId);

    [LoggerMessage(3, LogLevel.Debug, "Stream {StreamId} ended with {Condition}: {Text}")]
    internal static partial void StreamError(ILogger logger, string streamId, string condition, string? text);

    [LoggerMessage(4, LogLevel.Error, "Stream {StreamId} failed; no other stream is affected")]
    internal static partial void StreamFault(ILogger logger, Exception exception, string streamId);

    [LoggerMessage(5, LogLevel.Debug, "Stream {StreamId} bound {Jid}")]
    internal static partial void Bound(ILogger logger, string streamId, string jid);

    [LoggerMessage(21, LogLevel.Debug, "Stream {StreamId} is gone; {Jid} waits to be resumed")]
    internal static partial void Detached(ILogger logger, string streamId, string jid);

    [LoggerMessage(22, LogLevel.Debug, "Stream {StreamId} resumed {Jid}")]
    internal static partial void Resumed(ILogger logger, string streamId, string jid);

    [LoggerMessage(23, LogLevel.Debug, "{Count} sessions without a connection are kept for the next start")]
    internal static partial void SessionsSaved(ILogger logger, int count);

    [LoggerMessage(24, LogLevel.Error, "{Count} sessions without a connection could not be kept for the next start; they end now")]
    internal static partial void SessionsNotSaved(ILogger logger, Exception exception, int count);

    [LoggerMessage(25, LogLevel.Information, "{Count} sessions of before the restart wait to be resumed")]
    internal static partial void SessionsRestored(ILogger logger, int count);

    [LoggerMessage(26, LogLevel.Error, "The session {Jid} of before the restart cannot be read; its client has to bind a resource anew")]
    internal static partial void SessionNotRestored(ILogger logger, Exception exception, string jid);

    [LoggerMessage(6, LogLevel.Information, "Stream {StreamId}: authentication with {Mechanism} failed from {Address}: {Condition}")]
    internal static partial void AuthenticationFailed(ILogger logger, string streamId, string mechanism, System.Net.IPAddress address, string condition);

    [LoggerMessage(30, LogLevel.Debug, "Connection {StreamId} from {Address} was refused: the address has as many as it may")]
    internal static partial void ConnectionRefused(ILogger logger, string streamId, System.Net.IPAddress address);

    [LoggerMessage(60, LogLevel.Information, "Stream {StreamId}: the component {Domain} is connected")]
    internal static partial void ComponentConnected(ILogger logger, string streamId, string domain);

    [LoggerMessage(61, LogLevel.Information, "Stream {StreamId}: the component {Domain} is gone")]
    internal static partial void ComponentGone(ILogger logger, string streamId, string domain);

    [LoggerMessage(62, LogLevel.Warning, "Stream {StreamId}: a handshake for the component {Domain} was wrong, from {Address}; its secret may be another than ours")]
    internal static partial void ComponentRefused(ILogger logger, string streamId, string domain, System.Net.IPAddress address);

    [LoggerMessage(63, LogLevel.Warning, "Stream {StreamId}: a second component for {Domain} was refused, from {Address}")]
    internal static partial void ComponentConflict(ILogger logger, string streamId, string domain, System.Net.IPAddress address);

    [LoggerMessage(76, LogLevel.Error, "Stream {StreamId}: a component is gone, and {Recipient} could not be told that what it showed is")]
    internal static partial void ShownPresenceNotTakenBack(ILogger logger, Exception exception, string streamId, string recipient);

    [LoggerMessage(64, LogLevel.Warning, "Stream {StreamId}: a component for {Domain} was refused, from {Address}: Components does not name that domain")]
    internal static partial void ComponentUnknown(ILogger logger, string streamId, string domain, System.Net.IPAddress address);

    [LoggerMessage(13, LogLevel.Debug, "Stream {StreamId} lost its connection: {Reason}")]
    internal static partial void ConnectionLost(ILogger logger, string streamId, string reason);

    [LoggerMessage(8, LogLevel.Warning, "Stream {StreamId}: {Bytes} bytes waited for a client that does not read; it was cut off")]
    internal static partial void Overflowed(ILogger logger, string streamId, int bytes);

    [LoggerMessage(9, LogLevel.Error, "A message to {Recipient} could be neither delivered nor kept; its sender is told")]
    internal static partial void DeliveryFailed(ILogger logger, Exception exception, string recipient);

    [LoggerMessage(10, LogLevel.Error, "A module failed when the session {Jid} ended")]
    internal static partial void SessionEndFailed(ILogger logger, Exception exception, string jid);

    [LoggerMessage(27, LogLevel.Debug, "The store failed when the session {Jid} ended")]
    internal static partial void SessionEndNotKept(ILogger logger, Exception exception, string jid);

    [LoggerMessage(20, LogLevel.Error, "The offline messages of {Account} could not all be delivered; those that were not are kept")]
    internal static partial void OfflineDeliveryFailed(ILogger logger, Exception exception, string account);

    [LoggerMessage(11, LogLevel.Warning, "Insecure: {What}")]
    internal static partial void Insecure(ILogger logger, string what);

    [LoggerMessage(12, LogLevel.Information, "Stream {StreamId} {Direction} {Data}")]
    internal static partial void Wire(ILogger logger, string streamId, string direction, string data);

    [LoggerMessage(14, LogLevel.Information, "The certificate of {Domain} has changed; it is valid until {NotAfter:u}")]
    internal static partial void CertificateLoaded(ILogger logger, string domain, DateTime notAfter);

    [LoggerMessage(17, LogLevel.Information, "The certificate of {Domain} was read again and is the same; it is valid until {NotAfter:u}")]
    internal static partial void CertificateUnchanged(ILogger logger, string domain, DateTime notAfter);

    [LoggerMessage(18, LogLevel.Warning, "The certificate of {Domain} does not name that domain: clients will refuse it")]
    internal static partial void CertificateNamesOthers(ILogger logger, string domain);

    [LoggerMessage(19, LogLevel.Error, "A fault while {Target} looked at the time")]
    internal static partial void HeartbeatFailed(ILogger logger, Exception exception, string target);

    [LoggerMessage(16, LogLevel.Error, "Whether accounts were removed by another process could not be found out; it is tried again")]
    internal static partial void RemovedAccountsUnknown(ILogger logger, Exception exception);

    [LoggerMessage(15, LogLevel.Error, "The certificate in use stays: {Reason}")]
    internal static partial void CertificateKept(ILogger logger, string reason);

    [LoggerMessage(40, LogLevel.Warning, "A retraction for the archive of {Account} could not be applied: the message stays, beside the retraction")]
    internal static partial void RetractionFailed(ILogger logger, Exception exception, string account);

    [LoggerMessage(41, LogLevel.Warning, "Too many retractions wait: one for the archive of {Account} is not applied, the message stays beside it")]
    internal static partial void RetractionSkipped(ILogger logger, string account);

    [LoggerMessage(50, LogLevel.Error, "The database cannot be {What} ({Reason}); clients are told to try again later, and nothing more is logged until it is back")]
    internal static partial void StoreFails(ILogger logger, string what, string reason);

    [LoggerMessage(53, LogLevel.Debug, "Where it failed to be {What}")]
    internal static partial void StoreFailsAt(ILogger logger, Exception exception, string what);

    [LoggerMessage(51, LogLevel.Warning, "The database can be {What} again, after {Seconds:F1} seconds and {Failures} failures")]
    internal static partial void StoreWorks(ILogger logger, string what, double seconds, long failures);

    [LoggerMessage(52, LogLevel.Error, "The database refused {Count} writes of a transaction and took the others; whoever sent them is told")]
    internal static partial void WritesRefused(ILogger logger, Exception exception, int count);

    [LoggerMessage(42, LogLevel.Warning, "The archives of {Domain} could not be swept; it is tried again in an hour")]
    internal static partial void SweepFailed(ILogger logger, Exception exception, string domain);

    [LoggerMessage(31, LogLevel.Information, "Connection {ConnectionId} from the proxy {Address} was cut: {Reason}")]
    internal static partial void ProxyRefused(ILogger logger, string connectionId, System.Net.IPAddress address, string reason);

    [LoggerMessage(70, LogLevel.Information, "Stream {StreamId}: {Domain} has proven who it is by {How}, over {Security}")]
    internal static partial void ServerAccepted(ILogger logger, string streamId, string domain, string how, string security);

    [LoggerMessage(71, LogLevel.Warning, "Stream {StreamId}: the other server says to be {Domain} and could not prove it: {Condition}")]
    internal static partial void ServerNotAuthenticated(ILogger logger, string streamId, string domain, string condition);

    [LoggerMessage(77, LogLevel.Error, "The room {Room} could not be opened to others, and stays locked")]
    internal static partial void RoomStaysLocked(ILogger logger, Exception exception, string room);

    [LoggerMessage(72, LogLevel.Warning, "Stream {StreamId}: {Local} was not accepted by {Domain}: {Why}")]
    internal static partial void ServerRefused(ILogger logger, string streamId, string local, string domain, string why);

    [LoggerMessage(73, LogLevel.Information, "Stream {StreamId}: {Domain} takes stanzas of {Local}")]
    internal static partial void ServerReady(ILogger logger, string streamId, string domain, string local);

    [LoggerMessage(74, LogLevel.Information, "{Domain} cannot be reached: {Why}")]
    internal static partial void ServerUnreachable(ILogger logger, string domain, string why);

    [LoggerMessage(75, LogLevel.Information, "Stream {StreamId} did not come about at {Host}, the next host is tried: {Why}")]
    internal static partial void ServerHostPassedOver(ILogger logger, string streamId, string host, string why);

    [LoggerMessage(78, LogLevel.Information, "Stream {StreamId}: {Local} goes on with a stream of its own to {Domain}: {Why}")]
    internal static partial void ServerSeparate(ILogger logger, string streamId, string local, string domain, string why);

    [LoggerMessage(79, LogLevel.Information, "Stream {StreamId}: {Domain} is refused: {Why} {Setting} says so")]
    internal static partial void ServerNotAllowed(ILogger logger, string streamId, string domain, string why, string setting);
}
