namespace Parley.Server.Federation;

/// <summary>Why a domain could not be reached, as the sender of a stanza is told (RFC 6120 §8.3.3.15, §8.3.3.16).</summary>
public enum ConnectFailure
{
    /// <summary>There is no such server, or none of those that there are accepts a connection: remote-server-not-found.</summary>
    RemoteServerNotFound,

    /// <summary>It did not answer in time, or nobody could tell where it is: remote-server-timeout.</summary>
    RemoteServerTimeout,
}
