using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Parley.TestKit;

/// <summary>Keeps what the server logs as an error: a fault of its own, which no test may cause unnoticed.</summary>
public sealed class FaultLog : ILoggerProvider, ILogger
{
    /// <summary>What was logged.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    /// <summary>How what a test provokes begins, at whatever time it is logged; null where nothing is to go wrong.</summary>
    public string? Expected { get; set; }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var fault = formatter(state, exception);
        if (Expected is not { } expected || !fault.StartsWith(expected, StringComparison.Ordinal))
        {
            Faults.Enqueue($"{fault}\n{exception}");
        }
    }

    public void Dispose()
    {
    }
}
