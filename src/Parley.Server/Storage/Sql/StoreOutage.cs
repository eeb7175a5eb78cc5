using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Parley.Server.Diagnostics;

namespace Parley.Server.Storage.Sql;

/// <summary>Tells in the log when the database fails, once, and when it is back: not for each stanza that hears of it.</summary>
/// <remarks>One for the reads and one for the writes: a full disk can be read. Called from any thread.</remarks>
/// <param name="what">What fails: <c>read</c> or <c>written</c>.</param>
/// <param name="logger">The log.</param>
internal sealed class StoreOutage(string what, ILogger logger)
{
    private readonly Lock _gate = new();
    private volatile bool _isOut;
    private long _since;
    private long _failures;

    /// <summary>The database failed, for a reason that is its own.</summary>
    public void Failed(Exception reason)
    {
        lock (_gate)
        {
            _failures++;
            if (_isOut)
                return;
            _since = Stopwatch.GetTimestamp();
            _isOut = true;
        }

        // One line: where the database is away, the way to it through this program tells nobody anything.
        Log.StoreFails(logger, what, Told(reason));
        Log.StoreFailsAt(logger, reason, what);
    }

    // What went wrong, then why: a connection is not made, because it was refused.
    private static string Told(Exception reason)
    {
        var told = new List<string>();
        for (Exception? cause = reason; cause is not null; cause = cause.InnerException)
        {
            string line = cause.Message.ReplaceLineEndings(" ");
            if (!told.Exists(said => said.Contains(line, StringComparison.Ordinal)))
                told.Add(line);
        }

        return string.Join(": ", told);
    }

    /// <summary>The database took a transaction, but for some of its writes.</summary>
    public void Worked(int refused, Exception? reason)
    {
        Worked();
        if (refused > 0)
            Log.WritesRefused(logger, reason!, refused);
    }

    /// <summary>The database did what it was asked.</summary>
    public void Worked()
    {
        if (!_isOut)
            return;

        long failures;
        TimeSpan time;
        lock (_gate)
        {
            if (!_isOut)
                return;
            _isOut = false;
            time = Stopwatch.GetElapsedTime(_since);
            (failures, _failures) = (_failures, 0);
        }

        Log.StoreWorks(logger, what, time.TotalSeconds, failures);
    }
}
