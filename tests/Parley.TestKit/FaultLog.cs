using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Parley.TestKit;

/// <summary>Keeps what the server logs as an error: a fault of its own, which no test may cause unnoticed.</summary>
public sealed class FaultLog : ILoggerProvider, ILogger
{
    /// <summary>What was logged.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Faults.Enqueue($"{formatter(state, exception)}\n{exception}");
        }
    }

    public void Dispose()
    {
    }
}
