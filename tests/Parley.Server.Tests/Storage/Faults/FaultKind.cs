namespace Parley.Server.Tests.Storage.Faults;

/// <summary>How an operation fails.</summary>
public enum FaultKind
{
    /// <summary>It is not carried out; the connection stays.</summary>
    Refused,

    /// <summary>It is not carried out, and the connection is lost with it.</summary>
    ConnectionLost,

    /// <summary>It is a commit, and is carried out, but nobody hears of that. Operations of other kinds are not counted.</summary>
    CommittedUnheard,
}
