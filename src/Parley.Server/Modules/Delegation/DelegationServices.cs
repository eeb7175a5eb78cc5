using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;

namespace Parley.Server.Modules.Delegation;

/// <summary>What the delegation of namespaces is made of.</summary>
internal static class DelegationServices
{
    internal static IXmppServerBuilder AddDelegation(this IXmppServerBuilder builder)
    {
        builder.Services.AddSingleton<Delegations>();
        return builder.AddModule<DelegationModule>();
    }
}
