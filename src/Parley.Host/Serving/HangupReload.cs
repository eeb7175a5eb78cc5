using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Parley.Host.Configuration;
using Parley.Server.Connections;

namespace Parley.Host.Serving;

/// <summary>On SIGHUP reads the certificates again, and of the configuration what can change while the server runs: the log level.</summary>
internal sealed class HangupReload(Func<ParleyConfiguration> load, LogLevelSwitch logLevel, CertificateFiles certificates, ILogger logger) : IDisposable
{
    private PosixSignalRegistration? _registration;

    /// <summary>Listens for the signal from now on.</summary>
    internal void Start() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        Reload();
    });

    public void Dispose() => _registration?.Dispose();

    private void Reload()
    {
        HostLog.Reloading(logger);
        try
        {
            var configuration = load();
            logLevel.Level = configuration.HostSettings().LogLevel;
            HostLog.LogLevelIs(
                logger, logLevel.Level, configuration.PinnedBy(nameof(HostSettings.LogLevel)) is { } pin ? $", pinned by {pin}" : "");
        }
        catch (ConfigurationException e)
        {
            HostLog.ConfigurationKept(logger, string.Join(" ", e.Problems));
        }

        certificates.Reload(unchangedToo: true);
    }
}
