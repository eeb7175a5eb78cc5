using Microsoft.Extensions.Logging;

namespace Parley.Host.Serving;

/// <summary>The program's log messages, each with an event id that stays.</summary>
internal static partial class HostLog
{
    [LoggerMessage(101, LogLevel.Information, "SIGHUP: reading configuration and certificates again")]
    internal static partial void Reloading(ILogger logger);

    [LoggerMessage(105, LogLevel.Information, "The log level is {Level}{Pin}")]
    internal static partial void LogLevelIs(ILogger logger, LogLevel level, string pin);

    [LoggerMessage(102, LogLevel.Error, "The configuration stays as it was: {Problems}")]
    internal static partial void ConfigurationKept(ILogger logger, string problems);

    [LoggerMessage(104, LogLevel.Information, "Shutting down: telling the clients")]
    internal static partial void Stopping(ILogger logger);
}
