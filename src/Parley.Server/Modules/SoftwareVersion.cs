using System.Reflection;
using Parley.Protocol.Xml;
using Parley.Server.Routing;

namespace Parley.Server.Modules;

/// <summary>Software Version (XEP-0092 1.1). The operating system is nobody's business, and never told (§5).</summary>
public sealed class SoftwareVersionModule : IXmppModule
{
    private const string Software = "Parley";
    private static readonly XmlName Query = new("query", "jabber:iq:version");
    private static readonly string Version = VersionOf(typeof(SoftwareVersionModule).Assembly);

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0092", "1.1", "Software Version")
        .OnIqGet(Query, EntityKind.Server, static (request, _) => new(request.Result(Write)));

    private static void Write(Utf8XmlWriter writer) =>
        writer.Start(Query).Element("name", null, Software).Element("version", null, Version).End();

    // Without the commit that the build adds behind a '+'.
    private static string VersionOf(Assembly assembly) =>
        (assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];
}
