using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Host.Configuration;
using Parley.Host.Serving;
using Parley.Host.Stores;
using Parley.Server.Connections;
using Parley.Server.Modules.Muc;
using Parley.Server.Storage;
using Parley.Web.Chat;

namespace Parley.Host.Commands;

/// <summary><c>parley serve</c>: runs the server until it is told to stop.</summary>
internal static class ServeCommand
{
    internal static Command Create()
    {
        var command = new Command("serve", "Run the server. Without options: localhost, data in ./data, a self-signed certificate.");
        var options = new ConfigurationOptions();
        options.AddTo(command);
        command.SetAction(result => RunAsync(() => options.Load(result), result.InvocationConfiguration.Output, result.InvocationConfiguration.Error));
        return command;
    }

    private static async Task<int> RunAsync(Func<ParleyConfiguration> load, TextWriter output, TextWriter errors)
    {
        var configuration = load();
        var settings = configuration.HostSettings();
        var store = Store.Of(settings);
        IReadOnlyList<Listener> listeners =
        [
            .. ListenerPlan.For(settings, configuration.IsLocalOnly(), configuration.IsFederated()),
            .. ListenerPlan.ForComponents(settings, configuration.HasComponents()),
        ];
        var logLevel = new LogLevelSwitch(settings.LogLevel);
        IdleTlsMemory.TryRelease();
        using var secret = new DialbackSecretFile(settings.Data);
        await using var application = ServerApplication.Build(configuration, settings, store, listeners, logLevel, secret);
        var options = application.Services.GetServerOptions();
        WebSite.Map(application, settings, listeners);
        PrivateFiles.CreateDirectory(settings.Data);
        using var held = DataLock.Take(settings.Data);
        using var heldStore = DataLock.TakeBeside(settings.Data, store);
        secret.Write(options);
        var certificates = application.Services.GetRequiredService<CertificateFiles>();
        var logger = application.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Parley.Host");
        try
        {
            await application.StartAsync();
            logLevel.IsStarting = false;
        }
        catch (Exception e) when (e is not StorageException && BindFailure.Describe(e, listeners) is { } line)
        {
            errors.WriteLine($"parley: {line}");
            return ExitCode.Failure;
        }

        using var reload = new HangupReload(load, logLevel, certificates, logger);
        reload.Start();
        StartupSummary.Write(
            output, configuration, settings, store, options,
            application.Services.GetRequiredService<IOptions<MucOptions>>().Value, application.Services.GetRequiredService<IOptions<ChatOptions>>().Value, certificates, listeners);
        application.Lifetime.ApplicationStopping.Register(() => HostLog.Stopping(logger));
        await application.WaitForShutdownAsync();
        return ExitCode.Success;
    }
}
