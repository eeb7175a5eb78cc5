using System.Collections;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Parley.Protocol.Addressing;
using Parley.Server.Hosting;

namespace Parley.Host.Configuration;

/// <summary>What the file, the environment and the command line say together; the later wins, and a list replaces a list.</summary>
internal sealed class ParleyConfiguration
{
    private const string EnvironmentPrefix = "PARLEY__";
    private const string ConfigKey = "Config";
    private readonly IConfiguration _values;
    private readonly IConfiguration _environment;
    private readonly IConfiguration _commandLine;

    private ParleyConfiguration(IConfiguration values, string? file, IConfiguration environment, IConfiguration commandLine) =>
        (_values, File, _environment, _commandLine) = (values, file, environment, commandLine);

    /// <summary>The file that was read.</summary>
    internal string? File { get; }

    /// <summary>Reads and checks the three.</summary>
    /// <param name="file">The JSON file, or null for the one that the environment names, if any.</param>
    /// <param name="environment">The process's environment.</param>
    /// <param name="commandLine">Keys and values of the command line.</param>
    /// <exception cref="ConfigurationException">The file cannot be read, a key is unknown, or a value does not do.</exception>
    internal static ParleyConfiguration Load(string? file, IDictionary environment, IReadOnlyDictionary<string, string?> commandLine)
    {
        var fromEnvironment = FromEnvironment(environment);
        fromEnvironment.Remove(ConfigKey, out var fileOfEnvironment);
        var path = file ?? fileOfEnvironment;
        var merged = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var problems = Misspelt(environment).ToList();
        var said = Build(fromEnvironment);
        var flags = Build(commandLine);
        foreach (var (label, source) in new[]
        {
            (path is null ? "" : $"{path}: ", path is null ? Build([]) : ReadFile(path)),
            (EnvironmentPrefix, said),
            ("", flags),
        })
        {
            var split = SplitLists(source);
            problems.AddRange(ConfigurationCheck.Problems(Build(split)).Select(problem => label == EnvironmentPrefix ? InEnvironment(problem) : label + problem));
            Overlay(merged, split);
        }

        return problems.Count == 0
            ? new ParleyConfiguration(Build(merged), path, said, flags)
            : throw new ConfigurationException(problems);
    }

    /// <summary>What says a key's value in a way that stays as long as the process: an option or the environment. Null when it is neither.</summary>
    internal string? PinnedBy(string key) =>
        _commandLine.GetSection(key).Exists() ? Setting.All.First(setting => setting.Key == key).Flag
        : _environment.GetSection(key).Exists() ? EnvironmentPrefix + key
        : null;

    /// <summary>The program's own settings.</summary>
    internal HostSettings HostSettings()
    {
        var settings = new HostSettings();
        Bind(settings);
        return settings;
    }

    /// <summary>Writes what was said over the server's defaults.</summary>
    internal void ApplyTo(XmppServerOptions options)
    {
        // The binder writes into what it finds: the defaults are shared, and a list would be added to.
        options.StanzaLimits = options.StanzaLimits with { };
        options.StanzaLimitsBeforeAuthentication = options.StanzaLimitsBeforeAuthentication with { };
        if (_values.GetSection(nameof(options.SaslMechanisms)).Exists())
        {
            options.SaslMechanisms.Clear();
        }

        Bind(options);
        if (options.Domains.Count == 0)
        {
            options.Domains.Add(Configuration.HostSettings.DefaultDomain);
        }

        for (var i = 0; i < options.Domains.Count; i++)
        {
            // One that is no domain is refused with all else that does not do.
            options.Domains[i] = Jid.TryCreate(null, options.Domains[i], null, out var jid) ? jid.Domain : options.Domains[i];
        }

        if (IsLocal(options) && !_values.GetSection(nameof(options.Registration)).Exists())
        {
            options.Registration = RegistrationPolicy.Loopback;
        }

        // Nobody else can have anything to do with localhost, unless a port for it was asked for.
        if (!_values.GetSection($"{nameof(options.Federation)}:{nameof(options.Federation.Enabled)}").Exists())
        {
            var settings = HostSettings();
            options.Federation.Enabled = settings.HasServerPort
                && (!IsLocal(options) || _values.GetSection(nameof(settings.S2sPort)).Exists() || _values.GetSection(nameof(settings.S2sTlsPort)).Exists());
        }
    }

    /// <summary>Writes what was said in a section over the defaults of its options.</summary>
    /// <param name="section">The section, a property of <see cref="OptionSections"/>.</param>
    /// <param name="options">The options.</param>
    internal void ApplyTo(string section, object options) => Bind(_values.GetSection(section), options);

    /// <inheritdoc cref="IsLocal(XmppServerOptions)"/>
    internal bool IsLocalOnly()
    {
        var options = new XmppServerOptions();
        ApplyTo(options);
        return IsLocal(options);
    }

    /// <summary>Whether there are streams to and from other servers.</summary>
    internal bool IsFederated()
    {
        var options = new XmppServerOptions();
        ApplyTo(options);
        return options.Federation.Enabled;
    }

    /// <summary>Whether there are external components to listen for.</summary>
    internal bool HasComponents()
    {
        var options = new XmppServerOptions();
        ApplyTo(options);
        return options.Components.Count > 0;
    }

    /// <summary>Whether the server is for this machine alone: localhost is its only domain.</summary>
    internal static bool IsLocal(XmppServerOptions options) => options.Domains is [Configuration.HostSettings.DefaultDomain];

    private void Bind(object settings) => Bind(_values, settings);

    private static void Bind(IConfiguration values, object settings)
    {
        try
        {
            values.Bind(settings);
        }
        catch (InvalidOperationException e)
        {
            throw new ConfigurationException(e.Message.ReplaceLineEndings(" "));
        }
    }

    // As its variable is written.
    private static string InEnvironment(string problem) =>
        EnvironmentPrefix + (problem.Split(": ", 2) is [var key, var rest] ? $"{key.Replace(ConfigurationPath.KeyDelimiter, "__")}: {rest}" : problem);

    // Other programs' variables may begin the same; a key's name behind one underscore is meant for us.
    private static IEnumerable<string> Misspelt(IDictionary environment) =>
        from name in environment.Keys.Cast<string>()
        where name.StartsWith("PARLEY_", StringComparison.OrdinalIgnoreCase) && !name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase)
        let key = name["PARLEY_".Length..]
        where key.Replace("_", "") is var plain && (ConfigurationCheck.IsKey(plain) || plain.Equals(ConfigKey, StringComparison.OrdinalIgnoreCase))
        select $"{name}: it takes two underscores: {EnvironmentPrefix}{key}.";

    // PARLEY__C2S_PORT and PARLEY__C2SPORT are the same key; two underscores go one level down, as everywhere in .NET.
    private static Dictionary<string, string?> FromEnvironment(IDictionary environment)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry variable in environment)
        {
            var name = (string)variable.Key;
            if (name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase))
            {
                var key = name[EnvironmentPrefix.Length..].Replace("__", ConfigurationPath.KeyDelimiter).Replace("_", "");
                values[key] = (string?)variable.Value;
            }
        }

        return values;
    }

    private static IConfiguration ReadFile(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            throw new ConfigurationException("Config (--config): it is empty; it takes a file.");
        }

        try
        {
            return new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(path), optional: false, reloadOnChange: false).Build();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or FormatException or ArgumentException)
        {
            throw new ConfigurationException($"Config (--config): cannot read '{path}': {Reason(path, e)}.");
        }
    }

    private static string Reason(string path, Exception e)
    {
        var cause = e.GetBaseException();
        if (cause is JsonException { LineNumber: { } line, BytePositionInLine: { } column })
        {
            return $"line {line + 1}, column {column + 1}: {cause.Message.ReplaceLineEndings(" ").Split(" LineNumber:")[0].TrimEnd('.')}";
        }

        return Directory.Exists(path) ? "it is a directory"
            : e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file"
            : cause.Message.ReplaceLineEndings(" ").TrimEnd('.');
    }

    // A list may be written as one text with commas.
    private static Dictionary<string, string?> SplitLists(IConfiguration source)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in source.AsEnumerable())
        {
            if (value is null)
            {
                // An inner node, or JSON's null: as if it were not there.
                continue;
            }

            if (!ConfigurationCheck.IsList(key))
            {
                values[key] = value;
                continue;
            }

            var items = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            for (var i = 0; i < items.Length; i++)
            {
                values[ConfigurationPath.Combine(key, i.ToString())] = items[i];
            }
        }

        return values;
    }

    private static void Overlay(Dictionary<string, string?> merged, Dictionary<string, string?> values)
    {
        foreach (var list in values.Keys.Select(ConfigurationCheck.ListOf).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase))
        {
            foreach (var old in merged.Keys.Where(key => key.StartsWith(list + ConfigurationPath.KeyDelimiter, StringComparison.OrdinalIgnoreCase)).ToList())
            {
                merged.Remove(old);
            }
        }

        foreach (var (key, value) in values)
        {
            merged[key] = value;
        }
    }

    private static IConfiguration Build(IEnumerable<KeyValuePair<string, string?>> values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values).Build();
}
