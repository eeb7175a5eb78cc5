using Microsoft.Extensions.Logging;

namespace Parley.Host.Serving;

/// <summary>What is logged; may change while the server runs.</summary>
internal sealed class LogLevelSwitch(LogLevel level)
{
    private const string WireCategory = "Parley.Wire";
    private const string RequestCategory = "Microsoft.AspNetCore.Hosting.Diagnostics";
    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";

    internal LogLevel Level { get; set; } = level;

    /// <summary>While the server starts, its failure is told in one line, and not by the framework as well.</summary>
    internal bool IsStarting { get; set; } = true;

    /// <summary>Whether a message is logged: Parley's own at the level, the framework's only when they warn, unless all is asked for.</summary>
    internal bool IsEnabled(string? category, LogLevel level)
    {
        if (category is WireCategory)
        {
            // It has a switch of its own.
            return true;
        }

        // Were it only to warn, each request would still keep what a message about it might need, and a WebSocket is a request that lasts for days.
        // What goes wrong in a request Kestrel tells as well.
        if (category is RequestCategory && Level != LogLevel.Trace)
        {
            return false;
        }

        if (IsStarting && category is HostCategory)
        {
            return false;
        }

        var isOurs = category?.StartsWith("Parley.", StringComparison.Ordinal) ?? false;
        return level >= Level && (isOurs || level >= LogLevel.Warning || Level == LogLevel.Trace);
    }
}
