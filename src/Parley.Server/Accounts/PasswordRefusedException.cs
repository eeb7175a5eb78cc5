namespace Parley.Server.Accounts;

/// <summary>A password that no account can have; the message says why, and may be shown to whoever chose it.</summary>
public sealed class PasswordRefusedException(string reason) : Exception(reason);
