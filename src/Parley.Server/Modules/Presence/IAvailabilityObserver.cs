using Parley.Protocol.Stanzas;
using Parley.Server.Connections;

namespace Parley.Server.Modules.Presence;

/// <summary>Hears when resources become available and when they leave.</summary>
internal interface IAvailabilityObserver
{
    /// <summary>A resource sent its initial presence, or is unavailable.</summary>
    /// <param name="presence">The presence, from the full JID.</param>
    /// <param name="flush">Where to note the connections that are written to.</param>
    void Changed(Stanza presence, FlushSet flush);
}
