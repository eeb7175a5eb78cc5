using Parley.Server.Storage.Sql;
using Spectre.Console;

namespace Parley.Host.Commands;

/// <summary>Shows how far a copy is: a bar for each table on a terminal, a line for each that is done elsewhere.</summary>
internal static class CopyDisplay
{
    /// <summary>Runs a copy and shows what it tells.</summary>
    internal static Task<IReadOnlyList<SqlCopyProgress>> RunAsync(TextWriter output, Func<IProgress<SqlCopyProgress>, Task<IReadOnlyList<SqlCopyProgress>>> copy) =>
        Console.IsOutputRedirected ? copy(new Lines(output)) : AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => copy(new Bars(context)));

    // Not Progress<T>: that would tell from other threads, and out of order.
    private sealed class Lines(TextWriter output) : IProgress<SqlCopyProgress>
    {
        private string? _last;

        public void Report(SqlCopyProgress value)
        {
            // A table of no rows is told twice: at its beginning and at its end.
            if (value.Rows == value.Total && _last != value.Table)
            {
                _last = value.Table;
                output.WriteLine($"{value.Table}: {value.Rows}");
            }
        }
    }

    private sealed class Bars(ProgressContext context) : IProgress<SqlCopyProgress>
    {
        private readonly Dictionary<string, ProgressTask> _bars = [];

        public void Report(SqlCopyProgress value)
        {
            if (!_bars.TryGetValue(value.Table, out var bar))
            {
                _bars.Add(value.Table, bar = context.AddTask($"{value.Table} ({value.Total})", maxValue: Math.Max(1, value.Total)));
            }

            bar.Value = value.Total == 0 ? 1 : value.Rows;
        }
    }
}
