using System.CommandLine;

namespace Parley.Host.Configuration;

/// <summary>The options of the command line that configure the server, made from the table of settings. Every command that needs the configuration takes all of them.</summary>
internal sealed class ConfigurationOptions
{
    private readonly Option<string> _file = new("--config") { HelpName = "FILE", Description = "A JSON file with any of these settings; docs/operating.md lists its keys." };
    private readonly List<(Setting Setting, Option Option)> _settings = [.. Setting.All.Select(static setting => (setting, ToOption(setting)))];

    /// <summary>Adds all options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="shown">The keys whose options its help lists; null for all.</param>
    internal void AddTo(Command command, IReadOnlyCollection<string>? shown = null)
    {
        command.Add(_file);
        foreach (var (setting, option) in _settings)
        {
            option.Hidden = shown is not null && !shown.Contains(setting.Key);
            command.Add(option);
        }
    }

    /// <summary>Reads file, environment and command line.</summary>
    /// <exception cref="ConfigurationException">Something in them does not do.</exception>
    internal ParleyConfiguration Load(ParseResult command)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (setting, option) in _settings)
        {
            // A switch that was not given has a result too, an implicit one.
            if (command.GetResult(option) is not { Implicit: false })
            {
                continue;
            }

            switch (option)
            {
                case Option<string[]> objects when setting.ItemKey is not null:
                    foreach (var item in command.GetValue(objects) ?? [])
                    {
                        // What is not understood may be a secret: it is not repeated.
                        var (of, content) = item.Split('=', 2) is [{ Length: > 0 } left, var right]
                            ? (left, right)
                            : throw new ConfigurationException($"{Setting.Name(setting.Key)}: it takes {setting.ValueName}.");
                        values[$"{setting.Key}:{of}:{setting.ItemKey}"] = content;
                    }

                    break;
                case Option<string[]> list:
                    var items = command.GetValue(list) ?? [];
                    for (var i = 0; i < items.Length; i++)
                    {
                        var (name, value) = setting.DefaultName is not { } plain ? ($"{i}", items[i])
                            : items[i].Split('=', 2) is [var named, var rest] ? (named, rest)
                            : (plain, items[i]);
                        values[$"{setting.Key}:{name}"] = value;
                    }

                    break;
                case Option<string> single:
                    values[setting.Key] = command.GetValue(single);
                    break;
                default:
                    values[setting.Key] = setting.SwitchValue;
                    break;
            }
        }

        return ParleyConfiguration.Load(command.GetValue(_file), Environment.GetEnvironmentVariables(), values);
    }

    private static Option ToOption(Setting setting) => setting switch
    {
        { IsList: true } => new Option<string[]>(setting.Flag) { HelpName = setting.ValueName, Description = setting.Description, Arity = new ArgumentArity(1, 1000) },
        { ValueName: null } => new Option<bool>(setting.Flag) { Description = setting.Description, Arity = ArgumentArity.Zero },
        _ => new Option<string>(setting.Flag) { HelpName = setting.ValueName, Description = setting.Description },
    };
}
