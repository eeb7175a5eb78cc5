using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Disco;

/// <summary>What a module adds to service discovery beside its features; named with <see cref="ModuleBuilder.ExtendDisco"/>.</summary>
/// <remarks>An account is asked only after whoever asks has been found to be allowed to see it.</remarks>
public interface IDiscoExtension
{
    /// <summary>Further identities of an entity (XEP-0030 §3.1). A server's change only with <see cref="EntityDescription.Forget"/>: they are hashed (XEP-0115).</summary>
    IEnumerable<DiscoIdentity> Identities(EntityKind entity, Jid address) => [];

    /// <summary>Further features of an entity. A server's change only with <see cref="EntityDescription.Forget"/>.</summary>
    IEnumerable<string> Features(EntityKind entity, Jid address) => [];

    /// <summary>Whether a feature that comes of a handler is not to be advertised: something else handles its namespace.</summary>
    bool Replaces(EntityKind entity, string feature) => false;

    /// <summary>Extended information of an entity (XEP-0128): forms of type result with a FORM_TYPE. A server's change only with <see cref="EntityDescription.Forget"/>.</summary>
    IEnumerable<DataForm> Forms(EntityKind entity, Jid address) => [];

    /// <summary>Items of an entity (XEP-0030 §4.1), as whoever asks may see them.</summary>
    ValueTask<IReadOnlyList<DiscoItem>> ItemsAsync(IqRequest request, CancellationToken cancellationToken) => new([]);

    /// <summary>What is known of a node (XEP-0030 §3.2); null when the node is not this module's.</summary>
    ValueTask<DiscoInfo?> NodeInfoAsync(IqRequest request, string node, CancellationToken cancellationToken) => new((DiscoInfo?)null);

    /// <summary>The items of a node (XEP-0030 §4.2); null when the node is not this module's.</summary>
    ValueTask<DiscoItems?> NodeItemsAsync(IqRequest request, string node, CancellationToken cancellationToken) => new((DiscoItems?)null);
}
