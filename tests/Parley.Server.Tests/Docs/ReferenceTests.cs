using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Routing;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Docs;

/// <summary>Keeps the generated pages as the source says. With PARLEY_UPDATE_DOCS=1 in the environment the tests write them instead.</summary>
public class ReferenceTests
{
    private const string UpdateVariable = "PARLEY_UPDATE_DOCS";

    [Fact]
    public async Task The_specifications_are_those_of_the_modules()
    {
        await using var server = await XmppTestServer.StartAsync(build: static builder => builder.Services.AddXmppWeb());

        IsCommitted("docs/xeps.md", SpecificationReference.Write(server.Get<ModuleRegistry>().Implementations));
    }

    [Fact]
    public void The_options_are_those_of_the_source() => IsCommitted("docs/options.md", new OptionReference().Write());

    [Fact]
    public void A_specification_that_two_modules_implement_is_named_once() =>
        Assert.EndsWith(
            "|---|---|---|\n"
            + "| [RFC 6120](https://www.rfc-editor.org/rfc/rfc6120) | 2011 | Core; More |\n"
            + "| [XEP-0030](https://xmpp.org/extensions/xep-0030.html) | 2.5.0 |  |\n",
            SpecificationReference.Write([new("XEP-0030", "2.5.0", null), new("RFC 6120", "2011", "Core"), new("RFC 6120", "2011", "More")]),
            StringComparison.Ordinal);

    private static void IsCommitted(string page, string expected)
    {
        var path = Path.Combine(Root(), page);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
        }

        var committed = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        Assert.True(committed == expected, $"{page} is not what the source says; run the tests with {UpdateVariable}=1 and commit it.");
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Parley.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("The tests run outside the repository.");
    }
}
