using Parley.Server.Sessions;

namespace Parley.Server.Hosting;

/// <summary>The modules that every server has, in the order in which they see stanzas and are advertised.</summary>
internal static class StandardModules
{
    internal static IXmppServerBuilder AddStandardModules(this IXmppServerBuilder builder) => builder
        .AddModule<ResourceBinding>();
}
