using Parley.Protocol.Extensions;
using Parley.Protocol.Xml;
using Parley.Server.Routing;

namespace Parley.Server.Modules;

/// <summary>Entity Time (XEP-0202 2.0): the server's clock and offset from UTC.</summary>
public sealed class EntityTimeModule(TimeProvider clock) : IXmppModule
{
    private static readonly XmlName Time = new("time", "urn:xmpp:time");

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0202", "2.0", "Entity Time")
        .Implements("XEP-0082", "1.1.1", "XMPP Date and Time Profiles")
        .OnIqGet(Time, EntityKind.Server, (request, _) => new(request.Result(Write)));

    private void Write(Utf8XmlWriter writer)
    {
        var now = clock.GetLocalNow();
        writer.Start(Time)
            .Element("tzo", null, DateTimeProfile.FormatOffset(now.Offset))
            .Element("utc", null, DateTimeProfile.Format(now))
            .End();
    }
}
