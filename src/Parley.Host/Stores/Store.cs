using Microsoft.Extensions.DependencyInjection;
using Parley.Host.Commands;
using Parley.Host.Configuration;

namespace Parley.Host.Stores;

/// <summary>Where accounts, rosters and messages are kept.</summary>
internal abstract record Store
{
    private const string Sqlite = "sqlite:";

    /// <summary>What it is, for people: a file, or host and database; never a password.</summary>
    internal abstract string Description { get; }

    /// <summary>The text that names it on a command line; never with a password.</summary>
    internal abstract string Text { get; }

    /// <summary>The store that the settings name; without, a file in the data directory.</summary>
    /// <exception cref="ConfigurationException">The text names no store.</exception>
    internal static Store Of(HostSettings settings) => settings.Store is { } text
        ? Parse(text) ?? throw new ConfigurationException($"{Setting.Name(nameof(settings.Store))}: {Takes}.")
        : new SqliteStore(Path.Combine(settings.Data, "parley.db"));

    /// <summary>What a text has to be to name a store. Errors say this and do not repeat the text: it may hold a password.</summary>
    internal const string Takes = "it takes sqlite:PATH, or PostgreSQL's 'Host=HOST;Username=USER;Database=DATABASE', to which Port, Password, Passfile and the like may be added";

    /// <summary>The store that a text names, or null when it names none.</summary>
    internal static Store? Parse(string text) =>
        !text.StartsWith(Sqlite, StringComparison.OrdinalIgnoreCase) ? PostgreSqlStore.TryParse(text)
        : text[Sqlite.Length..].Trim() is { Length: > 0 } path ? new SqliteStore(path)
        : null;

    /// <summary>The store of a command's argument.</summary>
    /// <exception cref="CommandException">The text names no store.</exception>
    internal static Store OfArgument(string name, string text) =>
        Parse(text) ?? throw new CommandException(ExitCode.Usage, $"{name}: {Takes}.");

    /// <summary>Whether another text names the same store, as far as that can be seen.</summary>
    internal abstract bool IsSameAs(Store other);

    /// <summary>Keeps servers from the store as long as the returned object lives, where that is not the database's own matter; null when it is.</summary>
    /// <exception cref="CommandException">A server uses it.</exception>
    internal abstract IDisposable? TakeAlone();

    /// <summary>Registers the stores of the server.</summary>
    internal abstract void AddTo(IServiceCollection services);
}
