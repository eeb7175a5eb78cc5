namespace Parley.Server.Connections.Bosh;

/// <summary>Why a BOSH session ends: the terminal binding conditions (XEP-0124 §17.2) that this server gives.</summary>
/// <remarks>Not among them: host-gone and remote-connection-failed, for there is no other server behind this one.</remarks>
public enum BoshCondition
{
    /// <summary>No error: the session ends because the client, or the user, wants it to.</summary>
    None,

    /// <summary>The wrapper, or a header of the request, is not acceptable.</summary>
    BadRequest,

    /// <summary>The domain in 'to' is not hosted here.</summary>
    HostUnknown,

    /// <summary>The request for a session has no 'to'.</summary>
    ImproperAddressing,

    /// <summary>A fault of the server's.</summary>
    InternalServerError,

    /// <summary>No such session; a request id outside the window, or whose answer is gone; a wrong key. An attacker does not learn which.</summary>
    ItemNotFound,

    /// <summary>Another request of the same session, answered at the same time, says why it ended.</summary>
    OtherRequest,

    /// <summary>Too many requests, or too often; or without TLS where that is required.</summary>
    PolicyViolation,

    /// <summary>The stream within ended with an error, which stands in the answer.</summary>
    RemoteStreamError,

    /// <summary>The server stops.</summary>
    SystemShutdown,
}

/// <summary>How conditions are written.</summary>
public static class BoshConditions
{
    /// <summary>The value of the attribute 'condition'.</summary>
    public static ReadOnlySpan<byte> Utf8Name(this BoshCondition condition) => condition switch
    {
        BoshCondition.None => default,
        BoshCondition.BadRequest => "bad-request"u8,
        BoshCondition.HostUnknown => "host-unknown"u8,
        BoshCondition.ImproperAddressing => "improper-addressing"u8,
        BoshCondition.InternalServerError => "internal-server-error"u8,
        BoshCondition.ItemNotFound => "item-not-found"u8,
        BoshCondition.OtherRequest => "other-request"u8,
        BoshCondition.PolicyViolation => "policy-violation"u8,
        BoshCondition.RemoteStreamError => "remote-stream-error"u8,
        BoshCondition.SystemShutdown => "system-shutdown"u8,
        _ => "undefined-condition"u8,
    };

    /// <summary>The HTTP status that says the same to a client from before the conditions, one that sent no 'ver' (XEP-0124 §17.1); 200 where there is none.</summary>
    public static int LegacyStatus(this BoshCondition condition) => condition switch
    {
        BoshCondition.BadRequest => 400,
        BoshCondition.PolicyViolation => 403,
        BoshCondition.ItemNotFound => 404,
        _ => 200,
    };
}
