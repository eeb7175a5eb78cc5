using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;

namespace Parley.Server.Modules.Muc;

/// <summary>Those who are owners of every room, by bare JID.</summary>
internal sealed class MucAdmins(IOptions<MucOptions> options)
{
    internal IReadOnlySet<Jid> All { get; } = options.Value.Admins.Select(Jid.Parse).ToFrozenSet();
}
