namespace Parley.Protocol.Sasl;

/// <summary>What the two MD5 mechanisms need instead of a password.</summary>
public static class Md5Credentials
{
    /// <summary>H(username ":" realm ":" password) of DIGEST-MD5 (RFC 2831 §2.1.2.1): 16 bytes.</summary>
    public static byte[] DigestMd5Hash(string username, string realm, string password) => throw new NotSupportedException();

    /// <summary>
    /// The inner and the outer MD5 state after the key's first block (RFC 2195 §3): 32 bytes, from which the password cannot be read.
    /// </summary>
    public static byte[] CramMd5Contexts(string password) => throw new NotSupportedException();
}
