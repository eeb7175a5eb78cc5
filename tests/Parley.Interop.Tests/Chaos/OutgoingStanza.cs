namespace Parley.Interop.Tests.Chaos;

/// <summary>A stanza of one of the test's clients.</summary>
/// <param name="Number">The number of a message; null for what is not one.</param>
/// <param name="Since">The newest that the client knew of its archive when it sent the message: the archive has it behind that, if at all.</param>
internal sealed record OutgoingStanza(string Xml, int? Number, string? Since);
