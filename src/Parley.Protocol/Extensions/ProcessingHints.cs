using Parley.Protocol.Stanzas;

namespace Parley.Protocol.Extensions;

/// <summary>What a message's sender asks of the servers on its way (XEP-0334 1.0 §4).</summary>
[Flags]
public enum ProcessingHints
{
    None = 0,

    /// <summary>No archive and no log.</summary>
    NoPermanentStore = 1,

    /// <summary>No archive, and no waiting for a recipient that is offline.</summary>
    NoStore = 2,

    /// <summary>No copies for other resources (XEP-0280).</summary>
    NoCopy = 4,

    /// <summary>To be stored, even without anything that is usually stored.</summary>
    Store = 8,
}

/// <summary>Reads the hints of messages.</summary>
public static class MessageHints
{
    public const string Namespace = "urn:xmpp:hints";

    /// <summary>The hints of a message; none for an error, whose hints are those of what it answers (XEP-0334 §5).</summary>
    public static ProcessingHints Hints(this Stanza message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var hints = ProcessingHints.None;
        if (message.IsError)
        {
            return hints;
        }

        foreach (var child in (StanzaChild[])message.Children)
        {
            if (child.NamespaceUri.Span.SequenceEqual("urn:xmpp:hints"u8))
            {
                hints |= child.LocalName.Span switch
                {
                    var name when name.SequenceEqual("store"u8) => ProcessingHints.Store,
                    var name when name.SequenceEqual("no-store"u8) => ProcessingHints.NoStore,
                    var name when name.SequenceEqual("no-copy"u8) => ProcessingHints.NoCopy,
                    var name when name.SequenceEqual("no-permanent-store"u8) => ProcessingHints.NoPermanentStore,
                    _ => ProcessingHints.None,
                };
            }
        }

        return hints;
    }
}
