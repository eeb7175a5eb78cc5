namespace Parley.Server.Connections.WebSockets;

/// <summary>Why a WebSocket is closed, as its close frame says (RFC 6455 §7.4.1).</summary>
public enum WebSocketCloseCode : ushort
{
    /// <summary>It has served its purpose.</summary>
    Normal = 1000,

    /// <summary>The server goes down.</summary>
    GoingAway = 1001,

    /// <summary>The framing is broken.</summary>
    ProtocolError = 1002,

    /// <summary>A message that is not text: XMPP has no other (RFC 7395 §3.2).</summary>
    UnsupportedData = 1003,

    /// <summary>The peer's close frame named no code; never sent.</summary>
    NoStatus = 1005,

    /// <summary>A text message that is not UTF-8.</summary>
    InvalidPayload = 1007,

    /// <summary>A message against the server's policy.</summary>
    PolicyViolation = 1008,

    /// <summary>A message that is too big.</summary>
    MessageTooBig = 1009,

    /// <summary>A fault of the server.</summary>
    InternalError = 1011,
}
