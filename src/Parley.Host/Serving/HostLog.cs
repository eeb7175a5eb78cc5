using Microsoft.Extensions.Logging;

namespace Parley.Host.Serving;

/// <summary>The program's log messages, each with an event id that stays.</summary>
internal static partial class HostLog
{
    [LoggerMessage(101, LogLevel.Information, "SIGHUP: certificates and log level ({Level}) were read again")]
    internal static partial void Reloaded(ILogger logger, LogLevel level);

    [LoggerMessage(102, LogLevel.Error, "SIGHUP: the configuration stays as it was: {Problems}")]
    internal static partial void ConfigurationKept(ILogger logger, string problems);

    [LoggerMessage(103, LogLevel.Warning, "Insecure: {What}")]
    internal static partial void Insecure(ILogger logger, string what);

    [LoggerMessage(104, LogLevel.Information, "Shutting down: telling the clients")]
    internal static partial void Stopping(ILogger logger);
}
