using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;

namespace Parley.Server.Modules.Registration;

/// <summary>What in-band registration is made of.</summary>
internal static class RegistrationServices
{
    internal static IXmppServerBuilder AddRegistration(this IXmppServerBuilder builder)
    {
        builder.Services
            .AddSingleton<RegistrationLimit>();
        return builder.AddModule<RegistrationModule>();
    }
}
