using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Parley.Server.Routing;

namespace Parley.Server.Hosting;

/// <summary>Adds to an XMPP server; everything else is an extension method.</summary>
public interface IXmppServerBuilder
{
    /// <summary>The application's services.</summary>
    IServiceCollection Services { get; }
}

/// <summary>What every server can have added.</summary>
public static class XmppServerBuilderExtensions
{
    /// <summary>Adds a module. Modules see stanzas in the order in which they were added.</summary>
    public static IXmppServerBuilder AddModule<TModule>(this IXmppServerBuilder builder)
        where TModule : class, IXmppModule
    {
        builder.Services.TryAddSingleton<TModule>();
        builder.Services.AddSingleton<IXmppModule>(static services => services.GetRequiredService<TModule>());
        return builder;
    }
}
