using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;

namespace Parley.Server.Modules.Disco;

/// <summary>What service discovery is made of.</summary>
internal static class DiscoServices
{
    internal static IXmppServerBuilder AddDisco(this IXmppServerBuilder builder)
    {
        builder.Services
            .AddSingleton<EntityDescription>();
        return builder.AddModule<DiscoModule>();
    }
}
