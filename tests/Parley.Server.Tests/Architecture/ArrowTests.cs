using System.Reflection;
using System.Xml.Linq;
using Xunit;

namespace Parley.Server.Tests.Architecture;

/// <summary>Which assembly may know which: the arrows of the design.</summary>
public class ArrowTests
{
    private static readonly string[] Unrestricted = ["Parley.Host"];

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Parley.Protocol"] = [],
        ["Parley.Server"] = ["Parley.Protocol"],
        ["Parley.Storage.Sqlite"] = ["Parley.Server", "Parley.Protocol"],
        ["Parley.Storage.PostgreSql"] = ["Parley.Server", "Parley.Protocol"],
        ["Parley.Cluster"] = ["Parley.Server", "Parley.Protocol"],
        ["Parley.Web"] = ["Parley.Server", "Parley.Protocol"],
        ["Parley.Client"] = ["Parley.Protocol"],
    };

    public static TheoryData<string> Projects => [.. Directory.EnumerateFiles(SourceDirectory(), "*.csproj", SearchOption.AllDirectories)
        .Select(path => Path.GetFileNameWithoutExtension(path)!)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_those_that_it_may_know(string project)
    {
        if (Unrestricted.Contains(project))
        {
            return;
        }

        Assert.True(Allowed.TryGetValue(project, out var allowed), $"The arrows say nothing about {project}.");
        Assert.Empty(ReferencesOf(project).Except(allowed));
    }

    [Theory]
    [InlineData(typeof(Parley.Protocol.Addressing.Jid))]
    [InlineData(typeof(Parley.Server.Hosting.XmppServerOptions))]
    [InlineData(typeof(Parley.Web.Discovery.HostMetaOptions))]
    [InlineData(typeof(Parley.Storage.Sqlite.SqliteStorageOptions))]
    [InlineData(typeof(Parley.Storage.PostgreSql.PostgreSqlStorageOptions))]
    public void An_assembly_uses_only_those_that_it_may_know(Type type)
    {
        var assembly = type.Assembly;
        var used = assembly.GetReferencedAssemblies().Select(name => name.Name!).Where(name => name.StartsWith("Parley.", StringComparison.Ordinal));
        Assert.Empty(used.Except(Allowed[assembly.GetName().Name!]));
    }

    [Fact]
    public void Protocol_uses_the_base_class_library_and_nothing_else()
    {
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var foreign = typeof(Parley.Protocol.Addressing.Jid).Assembly.GetReferencedAssemblies()
            .Where(name => !File.Exists(Path.Combine(framework, name.Name + ".dll")))
            .Select(name => name.Name);
        Assert.Empty(foreign);
        Assert.Empty(ElementsOf("Parley.Protocol", "PackageReference"));
        Assert.Empty(ElementsOf("Parley.Protocol", "FrameworkReference"));
    }

    private static IEnumerable<string> ReferencesOf(string project) =>
        ElementsOf(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')));

    private static IEnumerable<string> ElementsOf(string project, string name) =>
        XDocument.Load(Path.Combine(SourceDirectory(), project, project + ".csproj"))
            .Descendants(name)
            .Select(element => element.Attribute("Include")!.Value);

    private static string SourceDirectory()
    {
        var directory = new DirectoryInfo(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Parley.slnx")))
        {
            directory = directory.Parent;
        }

        return Path.Combine(directory!.FullName, "src");
    }
}
