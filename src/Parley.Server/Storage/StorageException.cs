namespace Parley.Server.Storage;

/// <summary>The store could not do what it was asked; unless a derived type says otherwise, it is unknown whether the change was kept.</summary>
public class StorageException(string message, Exception? innerException = null) : Exception(message, innerException);
