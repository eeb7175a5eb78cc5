using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using Parley.Server.Connections.Bosh;
using Parley.Server.Connections.WebSockets;
using Parley.Server.Hosting;
using Parley.Server.Modules.Muc;
using Parley.Web.Chat;
using Parley.Web.Discovery;
using Parley.Web.Metrics;

namespace Parley.Server.Tests.Docs;

/// <summary>Writes docs/options.md: every key of <see cref="XmppServerOptions"/> and of the sections, what it takes, its default and its docstring.</summary>
internal sealed class OptionReference
{
    // Those that have a section of their own in the configuration.
    private static readonly (string Name, object Options)[] Sections =
    [
        ("Web", new WebOptions()),
        ("WebSocket", new XmppWebSocketOptions()),
        ("Bosh", new BoshOptions()),
        ("Muc", new MucOptions()),
        ("HostMeta", new HostMetaOptions()),
        ("Metrics", new MetricsOptions()),
        ("Chat", new ChatOptions()),
    ];

    private readonly DocumentationXml _documentation = new();
    private readonly StringBuilder _text = new();
    private readonly List<Type> _enumerations = [];

    internal string Write()
    {
        _text.Append("# Options\n\n");
        _text.Append("What `XmppServerOptions` takes, and the options that have a section of their own, validated when the server starts; behind them what the `parley` program takes beside. Generated from the source; see CONTRIBUTING.md.\n\n");
        _text.Append("| key | takes | default | meaning |\n|---|---|---|---|\n");
        WriteKeys("", new XmppServerOptions());
        foreach (var (section, options) in Sections)
        {
            WriteKeys($"{section}:", options);
        }

        foreach (var enumeration in _enumerations)
        {
            WriteEnumeration(enumeration);
        }

        WriteProgram();
        return _text.ToString();
    }

    private void WriteKeys(string prefix, object options)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => IsOption(options, property)))
        {
            var value = property.GetValue(options);
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (value is not null && IsSection(type))
            {
                _text.Append(CultureInfo.InvariantCulture, $"| `{prefix}{property.Name}` | | | {_documentation.Of(property)} |\n");
                WriteKeys($"{prefix}{property.Name}:", value);
                continue;
            }

            _text.Append(CultureInfo.InvariantCulture, $"| `{prefix}{property.Name}` | {Takes(type)} | {Default(value)} | {_documentation.Of(property)} |\n");
            if (type.IsEnum && !_enumerations.Contains(type))
            {
                _enumerations.Add(type);
            }
        }
    }

    // The program's own keys are explained where the options of its command line are.
    private void WriteProgram()
    {
        var program = Assembly.Load("parley");
        var settings = Activator.CreateInstance(program.GetType("Parley.Host.Configuration.HostSettings", throwOnError: true)!)!;
        var explained = (IEnumerable)program.GetType("Parley.Host.Configuration.Setting", throwOnError: true)!
            .GetProperty("All", BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null)!;
        var byKey = explained.Cast<object>().ToDictionary(static setting => Text(setting, "Key"), StringComparer.Ordinal);
        _text.Append("\n## The program\n\n");
        _text.Append("Keys of `parley` itself, with the option of the command line that says the same, where there is one.\n\n");
        _text.Append("| key | option | takes | default | meaning |\n|---|---|---|---|---|\n");
        foreach (var property in settings.GetType().GetProperties().Where(static property => property.CanWrite || (property.PropertyType != typeof(string) && typeof(IEnumerable).IsAssignableFrom(property.PropertyType))))
        {
            var setting = byKey.GetValueOrDefault(property.Name);
            var takes = property.PropertyType.IsEnum ? string.Join(", ", Enum.GetNames(property.PropertyType).Select(static name => $"`{name}`")) : Takes(property.PropertyType);
            _text.Append(CultureInfo.InvariantCulture, $"| `{property.Name}` | {(setting is null ? "" : $"`{Option(setting)}`")} | {takes} | {Default(property.GetValue(settings))} | {(setting is null ? _documentation.Of(property) : Text(setting, "Description").Replace("|", "\\|", StringComparison.Ordinal))} |\n");
        }

        // A pipe would end the cell, in code as well.
        static string Option(object setting) => $"{Text(setting, "Flag")} {Text(setting, "ValueName")}".TrimEnd().Replace("|", "\\|", StringComparison.Ordinal);

        static string Text(object setting, string name) => (string?)setting.GetType().GetProperty(name)!.GetValue(setting) ?? "";
    }

    private void WriteEnumeration(Type enumeration)
    {
        _text.Append(CultureInfo.InvariantCulture, $"\n## {enumeration.Name}\n\n| value | meaning |\n|---|---|\n");
        foreach (var member in enumeration.GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            _text.Append(CultureInfo.InvariantCulture, $"| `{member.Name}` | {_documentation.Of(member)} |\n");
        }
    }

    // Collections are filled rather than set, and a record's own properties are not options.
    private static bool IsOption(object options, PropertyInfo property) =>
        property.GetIndexParameters().Length == 0 && property.Name != "EqualityContract"
        && (property.CanWrite || ((options is XmppServerOptions || Array.Exists(Sections, section => section.Options.GetType() == options.GetType())) && typeof(IEnumerable).IsAssignableFrom(property.PropertyType)));

    private static bool IsSection(Type type) =>
        type.IsClass && type.Namespace!.StartsWith("Parley.", StringComparison.Ordinal);

    private static string Takes(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(int) || type == typeof(long) ? "whole number"
        : type == typeof(double) ? "number"
        : type == typeof(TimeSpan) ? "d.hh:mm:ss"
        : type == typeof(string) ? "text"
        : type.IsEnum ? $"[{type.Name}](#{type.Name.ToLowerInvariant()})"
        : type.IsGenericType && type.GetGenericTypeDefinition().Name.Contains("Dictionary", StringComparison.Ordinal) ? ByName(type.GetGenericArguments()[1])
        : typeof(IEnumerable).IsAssignableFrom(type) ? "list of text"
        : throw new NotSupportedException($"Say what an option of type {type.Name} takes.");

    private static string ByName(Type value) =>
        IsSection(value) ? $"objects by name, with {string.Join(" and ", value.GetProperties().Select(static property => $"`{property.Name}`"))}"
        : value == typeof(string) ? "texts by name"
        : "lists of text by name";

    private static string Default(object? value) => value switch
    {
        null => "none",
        bool yes => yes ? "`true`" : "`false`",
        string text => text.Length == 0 ? "none" : $"`{text}`",
        IEnumerable list => string.Join(", ", list.Cast<object>().Select(item => $"`{item}`")) is { Length: > 0 } items ? items : "none",
        IFormattable plain => $"`{plain.ToString(null, CultureInfo.InvariantCulture)}`",
        _ => throw new NotSupportedException($"Say how a default of type {value.GetType().Name} is written."),
    };
}
