using System.Reflection;
using System.Text;
using System.Xml.Linq;

namespace Parley.Server.Tests.Docs;

/// <summary>The docstrings of assemblies as Markdown, from the files that the compiler writes beside them.</summary>
internal sealed class DocumentationXml
{
    private readonly Dictionary<Assembly, Dictionary<string, XElement>> _members = [];

    /// <summary>The summary of a property, on one line.</summary>
    internal string Of(PropertyInfo property) => Of(property.DeclaringType!.Assembly, $"P:{property.DeclaringType.FullName}.{property.Name}");

    /// <summary>The summary of an enumeration's member, on one line.</summary>
    internal string Of(FieldInfo member) => Of(member.DeclaringType!.Assembly, $"F:{member.DeclaringType.FullName}.{member.Name}");

    private string Of(Assembly assembly, string name)
    {
        if (!_members.TryGetValue(assembly, out var members))
        {
            var file = Path.ChangeExtension(assembly.Location, ".xml");
            members = XDocument.Load(file).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value, StringComparer.Ordinal);
            _members.Add(assembly, members);
        }

        return members.GetValueOrDefault(name)?.Element("summary") is { } summary
            ? Text(summary)
            : throw new InvalidOperationException($"{name} has no docstring.");
    }

    private static string Text(XElement element)
    {
        var text = new StringBuilder();
        foreach (var node in element.Nodes())
        {
            text.Append(node switch
            {
                XElement { Name.LocalName: "see" } see => $"`{(see.Attribute("cref") ?? see.Attribute("langword"))!.Value.Split('.', ':')[^1]}`",
                XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
                XElement other => Text(other),
                XText plain => plain.Value.Replace("<", "&lt;", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal),
                _ => "",
            });
        }

        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
