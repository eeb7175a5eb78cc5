using System.Globalization;
using Parley.Protocol.Xml;
using Parley.Server.Routing;
using Parley.Server.Sessions;

namespace Parley.Server.Modules;

/// <summary>Stream Limits Advertisement (XEP-0478 0.2): the largest element that a client may send now, and how long it may be silent.</summary>
public sealed class StreamLimitsModule : IXmppModule, IStreamFeature
{
    private static readonly XmlName Limits = new("limits", "urn:xmpp:stream-limits:0");

    public StreamState Requires => StreamState.None;

    public StreamState Forbids => StreamState.None;

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0478", "0.2.0", "Stream Limits Advertisement")
        .StreamFeature(this);

    public void Advertise(ClientStream stream, Utf8XmlWriter features)
    {
        features.Start(Limits).Element("max-bytes", null, stream.Limits.MaxBytes.ToString(CultureInfo.InvariantCulture));

        // Before authentication there is no idling: the deadline is absolute.
        var idle = (long)stream.Options.IdleTimeout.TotalSeconds;
        if (idle > 0 && stream.State.HasFlag(StreamState.Authenticated))
        {
            features.Element("idle-seconds", null, idle.ToString(CultureInfo.InvariantCulture));
        }

        features.End();
    }
}
