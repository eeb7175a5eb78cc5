namespace Parley.Protocol.Sasl;

/// <summary>The client's side of one authentication exchange. Not for reuse.</summary>
public interface ISaslClientMechanism
{
    /// <summary>The registered name.</summary>
    string Name { get; }

    /// <summary>The data of <c>&lt;auth/&gt;</c>, or null where the server speaks first.</summary>
    byte[]? Initial();

    /// <summary>The response to a challenge.</summary>
    /// <exception cref="SaslException">The challenge is malformed, asks for too much, or does not prove the server: abort.</exception>
    byte[] Step(ReadOnlySpan<byte> challenge);

    /// <summary>
    /// Whether the success may be believed: true where the mechanism lets the server prove itself and it did, here or in a
    /// challenge before, and always where it has no such proof.
    /// </summary>
    /// <param name="successData">The decoded data of <c>&lt;success/&gt;</c>, or null where it had none.</param>
    bool Verify(byte[]? successData);
}
