using Parley.Server.Modules.Archive;

namespace Parley.Server.Modules.Muc;

/// <summary>Has the limits of archives apply to those of rooms.</summary>
internal sealed class MucArchiveDomains(MucDomains services) : IArchiveDomains
{
    public IReadOnlyList<string> Domains { get; } = [.. services.All.Select(static service => service.Domain)];
}
