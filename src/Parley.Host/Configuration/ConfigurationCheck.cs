using System.Collections;
using System.ComponentModel;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Parley.Server.Hosting;
using Parley.Server.Sessions.Components;

namespace Parley.Host.Configuration;

/// <summary>Finds keys that nothing reads and values that their key does not take.</summary>
internal sealed class ConfigurationCheck
{
    private static readonly Type[] Roots = [typeof(HostSettings), typeof(XmppServerOptions), typeof(OptionSections)];
    private readonly List<string> _problems = [];

    /// <summary>One line for each problem, none when all is well.</summary>
    internal static IReadOnlyList<string> Problems(IConfiguration configuration)
    {
        var check = new ConfigurationCheck();
        check.CheckKeys(configuration, "", Roots);
        return check._problems;
    }

    /// <summary>Whether something reads a top-level key.</summary>
    internal static bool IsKey(string key) => Find(Roots, key) is not null;

    /// <summary>Whether a key holds a list.</summary>
    internal static bool IsList(string key) => ListOf(key)?.Length == key.Length;

    /// <summary>The list that a key is, or is an item of; null for one of no list.</summary>
    internal static string? ListOf(string key)
    {
        IEnumerable<Type> types = Roots;
        var end = 0;
        foreach (var part in key.Split(ConfigurationPath.KeyDelimiter))
        {
            end += part.Length;
            if (Find(types, part) is not { } property || IsDictionary(property.PropertyType))
            {
                return null;
            }

            if (IsList(property.PropertyType))
            {
                return key[..end];
            }

            types = [property.PropertyType];
            end += ConfigurationPath.KeyDelimiter.Length;
        }

        return null;
    }

    private void CheckKeys(IConfiguration section, string prefix, IReadOnlyCollection<Type> types)
    {
        foreach (var child in section.GetChildren())
        {
            if (Find(types, child.Key) is { } property)
            {
                CheckValue(child, prefix + property.Name, property.PropertyType);
            }
            else
            {
                _problems.Add($"{child.Path}: there is no such key; docs/options.md lists them.");
            }
        }
    }

    private void CheckValue(IConfigurationSection section, string key, Type type)
    {
        var hasChildren = section.GetChildren().Any();
        if (IsDictionary(type) && hasChildren)
        {
            // Its own keys are free; those of objects in it are not.
            if (type.GetGenericArguments()[1] is var item && !IsList(item) && !IsLeaf(item))
            {
                foreach (var child in section.GetChildren())
                {
                    CheckValue(child, key + ConfigurationPath.KeyDelimiter + child.Key, item);
                }
            }
        }
        else if (IsList(type))
        {
            if (section.GetChildren().Any(item => !int.TryParse(item.Key, out _) || item.GetChildren().Any()))
            {
                Refuse(section, key, "it takes a list of texts");
            }
        }
        else if (IsLeaf(type))
        {
            if (hasChildren || !Converts(section.Value, type))
            {
                Refuse(section, key, $"it takes {Kind(type)}");
            }
            else if (type == typeof(string) && (string.IsNullOrWhiteSpace(section.Value) || section.Value.Any(char.IsControl)))
            {
                _problems.Add($"{Setting.Name(key)}: it is empty or has control characters; it takes {Kind(type)}.");
            }
        }
        else if (!hasChildren)
        {
            Refuse(section, key, "it takes an object", isSecret: type == typeof(ComponentOptions));
        }
        else
        {
            CheckKeys(section, key + ConfigurationPath.KeyDelimiter, [type]);
        }
    }

    private void Refuse(IConfigurationSection section, string key, string takes, bool isSecret = false) =>
        _problems.Add($"{Setting.Name(key)}: {(section.Value is { } value && !isSecret ? $"'{value}' does not do; " : "")}{takes}.");

    private static PropertyInfo? Find(IEnumerable<Type> types, string key) => types
        .SelectMany(static type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        .FirstOrDefault(property => property.Name.Equals(key, StringComparison.OrdinalIgnoreCase) && IsSettable(property));

    private static bool IsSettable(PropertyInfo property) => property.CanWrite || IsList(property.PropertyType) || IsDictionary(property.PropertyType);

    private static bool IsDictionary(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>);

    private static bool IsList(Type type) => type != typeof(string) && !IsDictionary(type) && type.IsAssignableTo(typeof(IEnumerable));

    private static bool IsLeaf(Type type) => type == typeof(string) || type.IsValueType;

    // A number would name a member of an enumeration too; only its name is said anywhere, in any case.
    private static bool Converts(string? value, Type type) => value is not null && (type.IsEnum
        ? Enum.GetNames(type).Contains(value.Trim(), StringComparer.OrdinalIgnoreCase)
        : (Nullable.GetUnderlyingType(type) ?? type) == typeof(TimeSpan) ? Duration.IsValid(value)
        : TypeDescriptor.GetConverter(type).IsValid(value));

    private static string Kind(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var plain when plain == typeof(string) => "a text",
        var plain when plain == typeof(bool) => "true or false",
        var plain when plain == typeof(TimeSpan) => Duration.Form,
        { IsEnum: true } plain => $"any of {string.Join(", ", Enum.GetNames(plain))}",
        _ => "a whole number",
    };
}
