using Parley.Server.Hosting;

namespace Parley.Host.Configuration;

/// <summary>The options that have a section of their own, by its name: one class for each concern.</summary>
internal sealed class OptionSections
{
    public WebOptions Web { get; set; } = new();
}
