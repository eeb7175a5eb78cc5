using System.Globalization;
using Parley.Host.Commands;
using Parley.Host.Stores;

namespace Parley.Host.Serving;

/// <summary>Keeps a data directory to one server: two would not see each other's sessions. The system releases it however the process ends.</summary>
internal sealed class DataLock : IDisposable
{
    // What the systems say of a lock that another holds: Linux, macOS, Windows.
    private static readonly int[] IsHeld = [11, 35, unchecked((int)0x80070020)];
    private readonly FileStream _lock;

    private DataLock(FileStream held) => _lock = held;

    /// <summary>Takes the directory.</summary>
    /// <exception cref="CommandException">Another server has it.</exception>
    internal static DataLock Take(string directory)
    {
        // A file of its own: where the lock is, nobody else can read.
        var pid = Path.Combine(directory, "parley.pid");
        try
        {
            var held = new DataLock(PrivateFiles.OpenExclusively(Path.Combine(directory, "parley.lock")));
            PrivateFiles.Write(pid, $"{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}\n");
            return held;
        }
        catch (IOException e) when (IsHeld.Contains(e.HResult))
        {
            var holder = File.Exists(pid) ? $" (pid {File.ReadAllText(pid).Trim()})" : "";
            throw new CommandException(ExitCode.Failure, $"{directory} is in use by a running server{holder}; stop it, or choose another directory.");
        }
    }

    /// <summary>Takes the directory of a store's file too, where that is not in the data directory.</summary>
    /// <exception cref="CommandException">Another server has it.</exception>
    internal static DataLock? TakeBeside(string data, Store store)
    {
        if (store is not SqliteStore { Directory: var directory } || Path.TrimEndingDirectorySeparator(Path.GetFullPath(data)) == Path.TrimEndingDirectorySeparator(directory))
        {
            return null;
        }

        PrivateFiles.CreateDirectory(directory);
        return Take(directory);
    }

    public void Dispose() => _lock.Dispose();
}
