namespace Parley.Server.Connections;

/// <summary>What becomes of a stanza that was accepted for a client and never reached it.</summary>
public enum Fallback
{
    /// <summary>A message goes to another resource, into a store, or back to its sender; a request is answered with an error.</summary>
    Redeliver,

    /// <summary>Another resource of the account was given the message as well: it is delivered again only where no archive keeps it, or no resource is left that takes messages.</summary>
    Shared,

    /// <summary>Nothing: it was of use to that session alone, as copies and results out of an archive are.</summary>
    None,
}
