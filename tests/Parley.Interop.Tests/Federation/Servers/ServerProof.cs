namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>How two servers find each other's port for servers, and prove to each other who they are.</summary>
public enum ServerProof
{
    /// <summary>STARTTLS with certificates that vouch for nothing, and dialback (XEP-0220).</summary>
    Dialback,

    /// <summary>STARTTLS with certificates of an authority, and SASL EXTERNAL (XEP-0178). Dialback is refused.</summary>
    Certificate,

    /// <summary>TLS from the first byte, at the ports of <c>_xmpps-server</c> records (XEP-0368), and SASL EXTERNAL. Dialback is refused.</summary>
    DirectTls,
}
