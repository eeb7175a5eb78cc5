using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Parley.Host.Configuration;
using Parley.Host.Stores;
using Parley.Server.Connections;
using Parley.Server.Connections.Bosh;
using Parley.Server.Connections.WebSockets;
using Parley.Server.Hosting;
using Parley.Server.Modules.Muc;
using Parley.Web.Chat;
using Parley.Web.Discovery;
using Parley.Web.Metrics;

namespace Parley.Host.Serving;

/// <summary>Puts the server together from its configuration.</summary>
internal static class ServerApplication
{
    /// <summary>Beyond the time that streams have to close: for the heartbeat to find out, and for what is written then.</summary>
    private static readonly TimeSpan AfterClosing = TimeSpan.FromSeconds(2);
    private const int MaxQueuedLogMessages = 10_000;

    internal static WebApplication Build(
        ParleyConfiguration configuration, HostSettings settings, Store store, IReadOnlyList<Listener> listeners, LogLevelSwitch logLevel, DialbackSecretFile secret)
    {
        // Empty: neither appsettings.json nor ASPNETCORE_URLS may add what the configuration does not say.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        AddLogging(builder.Logging, logLevel);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            // What the listeners are made of asks for the options: they are looked at first, so that what does not do is told by its key.
            _ = kestrel.ApplicationServices.GetServerOptions();
            kestrel.AddServerHeader = false;
            WebLimits.ApplyTo(kestrel.Limits);
            foreach (var listener in listeners)
            {
                listener.AddTo(kestrel);
            }
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = CloseTimeout(configuration) + AfterClosing);
        builder.Services.AddSingleton<WebConnectionCount>();
        builder.Services.AddXmppWeb();
        builder.Services.AddXmppServer(options =>
        {
            configuration.ApplyTo(options);
            secret.ApplyTo(options);
        });
        builder.Services.Configure<WebOptions>(options => configuration.ApplyTo(nameof(OptionSections.Web), options));
        builder.Services.Configure<XmppWebSocketOptions>(options => configuration.ApplyTo(nameof(OptionSections.WebSocket), options));
        builder.Services.Configure<HostMetaOptions>(options => configuration.ApplyTo(nameof(OptionSections.HostMeta), options));
        builder.Services.Configure<BoshOptions>(options => configuration.ApplyTo(nameof(OptionSections.Bosh), options));
        builder.Services.Configure<MucOptions>(options => configuration.ApplyTo(nameof(OptionSections.Muc), options));
        builder.Services.Configure<MetricsOptions>(options => configuration.ApplyTo(nameof(OptionSections.Metrics), options));
        builder.Services.Configure<ChatOptions>(options => configuration.ApplyTo(nameof(OptionSections.Chat), options));
        store.AddTo(builder.Services);
        builder.Services.AddSingleton<CertificateFiles>(provider => ActivatorUtilities.CreateInstance<CertificateFiles>(
            provider, CertificatePlan.For(settings, provider.GetServerOptions().Domains, DateTimeOffset.UtcNow)));
        builder.Services.AddSingleton<ICertificateSource>(static provider => provider.GetRequiredService<CertificateFiles>());
        return builder.Build();
    }

    /// <summary>The server's options, checked; those of the web with them.</summary>
    /// <exception cref="ConfigurationException">One does not do.</exception>
    internal static XmppServerOptions GetServerOptions(this IServiceProvider services)
    {
        _ = services.Validated<WebOptions>($"{nameof(OptionSections.Web)}:");
        _ = services.Validated<XmppWebSocketOptions>($"{nameof(OptionSections.WebSocket)}:");
        _ = services.Validated<HostMetaOptions>($"{nameof(OptionSections.HostMeta)}:");
        _ = services.Validated<BoshOptions>($"{nameof(OptionSections.Bosh)}:");
        _ = services.Validated<MucOptions>($"{nameof(OptionSections.Muc)}:");
        _ = services.Validated<MetricsOptions>($"{nameof(OptionSections.Metrics)}:");
        _ = services.Validated<ChatOptions>($"{nameof(OptionSections.Chat)}:");
        return services.Validated<XmppServerOptions>("");
    }

    // The web server waits for requests as for streams: one that never becomes whole does not keep the server from stopping.
    private static TimeSpan CloseTimeout(ParleyConfiguration configuration)
    {
        var options = new XmppServerOptions();
        configuration.ApplyTo(options);
        return options.CloseTimeout;
    }

    private static TOptions Validated<TOptions>(this IServiceProvider services, string section)
        where TOptions : class
    {
        try
        {
            return services.GetRequiredService<IOptions<TOptions>>().Value;
        }
        catch (OptionsValidationException e)
        {
            throw new ConfigurationException([.. e.Failures.Select(failure => Setting.Named(section + failure))]);
        }
    }

    // To standard error: standard output tells what listens. A log that nobody reads loses messages, it does not stop the server.
    private static void AddLogging(ILoggingBuilder logging, LogLevelSwitch level) => logging
        .SetMinimumLevel(LogLevel.Trace)
        .AddFilter(level.IsEnabled)
        .AddSimpleConsole(static options =>
        {
            options.SingleLine = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        })
        .Services.Configure<ConsoleLoggerOptions>(static options =>
        {
            options.LogToStandardErrorThreshold = LogLevel.Trace;
            options.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            options.MaxQueueLength = MaxQueuedLogMessages;
        });
}
