using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Disco;
using Parley.Server.Sessions;

namespace Parley.Server.Routing;

/// <summary>A specification that a module implements.</summary>
public sealed record Implementation(string Specification, string Version, string? Note);

internal readonly record struct IqKey(EntityKind Entity, StanzaType Type, string NamespaceUri, string LocalName);

/// <summary>Everything that the modules recorded: complete before the server listens, and not changed after.</summary>
public sealed class ModuleRegistry
{
    private readonly Dictionary<Stage, StageHandler[]> _stages = Enum.GetValues<Stage>().ToDictionary(stage => stage, _ => Array.Empty<StageHandler>());
    private readonly Dictionary<EntityKind, SortedSet<string>> _features = ByEntity();
    private readonly Dictionary<EntityKind, SortedSet<string>> _unlisted = ByEntity();
    private readonly Dictionary<XmlName, IStreamFeature> _elements = [];
    private readonly Dictionary<XmlName, IStreamFeature> _payloads = [];
    private readonly List<IStreamFeature> _streamFeatures = [];

    /// <summary>Has each module record itself, in order.</summary>
    /// <exception cref="InvalidOperationException">Two modules handle the same thing; the message names it.</exception>
    public ModuleRegistry(IEnumerable<IXmppModule> modules)
    {
        foreach (var module in modules)
        {
            module.Configure(new ModuleBuilder(this, module.GetType().Name));
        }
    }

    /// <summary>What is implemented, for the documentation.</summary>
    public IList<Implementation> Implementations { get; } = [];

    /// <summary>The stream features, in the order in which they are advertised.</summary>
    public IReadOnlyList<IStreamFeature> StreamFeatures => _streamFeatures;

    internal Dictionary<IqKey, IqHandler> IqHandlers { get; } = [];

    internal HashSet<IqKey> EvenForNoAccount { get; } = [];

    internal List<IDiscoExtension> DiscoExtensions { get; } = [];

    internal Dictionary<StanzaType, OutboundPresenceHandler> OutboundPresence { get; } = [];

    internal Dictionary<StanzaType, InboundPresenceHandler> InboundPresence { get; } = [];

    internal List<SessionHandler> Receptive { get; } = [];

    internal List<SessionHandler> Resumed { get; } = [];

    internal List<SessionHandler> SessionEnded { get; } = [];

    internal List<ComponentHandler> ComponentConnected { get; } = [];

    internal List<AccountHandler> AccountRemoving { get; } = [];

    internal List<AccountHandler> AccountRemoved { get; } = [];

    internal List<KeptSlot> KeptSlots { get; } = [];

    internal int NextSlot { get; set; }

    /// <summary>The service discovery features of a kind of entity, sorted (XEP-0030 §3).</summary>
    public IEnumerable<string> DiscoFeatures(EntityKind entity) => _features[entity].Except(_unlisted[entity], StringComparer.Ordinal);

    internal StageHandler[] At(Stage stage) => _stages[stage];

    internal SortedSet<string> Features(EntityKind entity) => _features[entity];

    internal SortedSet<string> Unlisted(EntityKind entity) => _unlisted[entity];

    internal IStreamFeature? ForElement(XmlName name) => _elements.GetValueOrDefault(name);

    internal IStreamFeature? ForPayload(XmlName name) => _payloads.GetValueOrDefault(name);

    internal void AddStage(Stage stage, StageHandler handler) => _stages[stage] = [.. _stages[stage], handler];

    internal void AddStreamFeature(IStreamFeature feature, string module)
    {
        _streamFeatures.Add(feature);
        foreach (var name in feature.Elements)
        {
            Once(_elements.TryAdd(name, feature), module, name);
        }

        foreach (var name in feature.Payloads)
        {
            Once(_payloads.TryAdd(name, feature), module, name);
        }
    }

    private static void Once(bool added, string module, XmlName name)
    {
        if (!added)
        {
            throw new InvalidOperationException($"{module} negotiates {name}, which another stream feature negotiates already.");
        }
    }

    private static Dictionary<EntityKind, SortedSet<string>> ByEntity() =>
        Enum.GetValues<EntityKind>().ToDictionary(kind => kind, _ => new SortedSet<string>(StringComparer.Ordinal));
}
