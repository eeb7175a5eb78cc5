using System.Collections.Frozen;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;

namespace Parley.Server.Modules.Archive;

/// <summary>Whose messages an account has archived: its preferences, made for asking (XEP-0441 §2.3). Immutable.</summary>
internal sealed class ArchivePolicy
{
    private readonly FrozenSet<Jid> _always;
    private readonly FrozenSet<Jid> _never;

    internal ArchivePolicy(ArchivePreferences preferences)
    {
        Preferences = preferences;
        _always = preferences.Always.ToFrozenSet();
        _never = preferences.Never.ToFrozenSet();
    }

    internal ArchivePreferences Preferences { get; }

    /// <summary>Whether messages to or from an address are archived; null when the roster decides.</summary>
    internal bool? Wants(Jid other) =>
        Lists(_never, other) ? false
        : Lists(_always, other) ? true
        : Preferences.Default switch
        {
            ArchiveDefault.Always => true,
            ArchiveDefault.Never => false,
            _ => null,
        };

    // An entry with a resource is for that alone, one without for all.
    private static bool Lists(FrozenSet<Jid> list, Jid other) => list.Count > 0 && (list.Contains(other) || (other.IsFull && list.Contains(other.Bare)));
}
