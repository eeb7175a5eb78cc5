namespace Parley.Server.Federation;

/// <summary>Which side of TLS the peer was on.</summary>
public enum PeerRole
{
    /// <summary>We connected to it: its certificate has to be for servers.</summary>
    Server,

    /// <summary>
    /// It connected to us, and authenticates with SASL EXTERNAL (XEP-0178). A certificate for servers does as well as one for clients: public authorities issue no others
    /// any more, and who has a server's certificate is that server.
    /// </summary>
    Client,
}
