using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;

namespace Parley.Server.Modules.Carbons;

/// <summary>What message carbons are made of.</summary>
internal static class CarbonsServices
{
    internal static IXmppServerBuilder AddCarbons(this IXmppServerBuilder builder)
    {
        builder.Services.AddSingleton<CarbonCopies>();
        return builder.AddModule<CarbonsModule>();
    }
}
