using Microsoft.Extensions.DependencyInjection;
using Parley.Host.Commands;
using Parley.Host.Configuration;
using Parley.Host.Serving;
using Parley.Storage.Sqlite;

namespace Parley.Host.Stores;

/// <summary>A file of SQLite.</summary>
internal sealed record SqliteStore(string File) : Store
{
    internal override string Description => File;

    internal override string Text => $"sqlite:{File}";

    internal string FullPath => Path.GetFullPath(File);

    /// <summary>Where the lock is of the server that uses it.</summary>
    internal string Directory => Path.GetDirectoryName(FullPath)!;

    internal bool Exists => System.IO.File.Exists(File);

    /// <summary>What a command says that needs the file and does not make it.</summary>
    internal CommandException IsMissing() => new(
        ExitCode.Failure, $"There is no database {FullPath}; the server's data directory is named with {Setting.Name(nameof(HostSettings.Data))}, its store with {Setting.Name(nameof(HostSettings.Store))}.");

    internal override bool IsSameAs(Store other) => other is SqliteStore file && file.FullPath == FullPath;

    internal override IDisposable? TakeAlone()
    {
        PrivateFiles.CreateDirectory(Directory);
        return DataLock.Take(Directory);
    }

    internal override void AddTo(IServiceCollection services) => services.AddSqliteStorage(File);
}
