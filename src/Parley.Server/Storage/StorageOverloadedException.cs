namespace Parley.Server.Storage;

/// <summary>More writes wait than the store takes; this one was refused and changed nothing. The protocol's answer is resource-constraint, type wait (RFC 6120 §8.3.3.18).</summary>
public sealed class StorageOverloadedException() : StorageException("The storage is overloaded; the write was refused.");
