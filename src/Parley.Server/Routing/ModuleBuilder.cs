using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Disco;
using Parley.Server.Sessions;

namespace Parley.Server.Routing;

/// <summary>Records what a module handles. What is handled is advertised: a service discovery feature comes with the handler.</summary>
public sealed class ModuleBuilder
{
    private readonly ModuleRegistry _registry;
    private readonly string _module;

    internal ModuleBuilder(ModuleRegistry registry, string module)
    {
        _registry = registry;
        _module = module;
    }

    /// <summary>Names the specification and the version that the module implements, for the documentation.</summary>
    public ModuleBuilder Implements(string specification, string version, string? note = null)
    {
        _registry.Implementations.Add(new Implementation(specification, version, note));
        return this;
    }

    /// <summary>Answers iq gets with this payload at these entities, and advertises the payload's namespace there.</summary>
    public ModuleBuilder OnIqGet(XmlName payload, EntityKind entities, IqHandler handler) => OnIq(StanzaType.Get, payload, entities, handler);

    /// <summary>Answers iq sets with this payload at these entities, and advertises the payload's namespace there.</summary>
    public ModuleBuilder OnIqSet(XmlName payload, EntityKind entities, IqHandler handler) => OnIq(StanzaType.Set, payload, entities, handler);

    /// <summary>Advertises a feature that is not the namespace of a handled payload.</summary>
    public ModuleBuilder Feature(string variable, EntityKind entities)
    {
        foreach (var entity in Each(entities))
        {
            _registry.Features(entity).Add(variable);
        }

        return this;
    }

    /// <summary>Keeps the namespace of a handled payload out of service discovery, where its specification does.</summary>
    public ModuleBuilder NoFeature(string variable, EntityKind entities)
    {
        foreach (var entity in Each(entities))
        {
            _registry.Unlisted(entity).Add(variable);
        }

        return this;
    }

    /// <summary>Has requests with this payload answered for bare JIDs that are no accounts, too; the answer must not tell which are.</summary>
    public ModuleBuilder EvenForNoAccount(XmlName payload)
    {
        _registry.EvenForNoAccount.Add(new IqKey(EntityKind.Account, StanzaType.Get, payload.Namespace, payload.Local));
        _registry.EvenForNoAccount.Add(new IqKey(EntityKind.Account, StanzaType.Set, payload.Namespace, payload.Local));
        return this;
    }

    /// <summary>Adds identities, forms, items or nodes to service discovery.</summary>
    public ModuleBuilder ExtendDisco(IDiscoExtension extension)
    {
        _registry.DiscoExtensions.Add(extension);
        return this;
    }

    /// <summary>Adds a stream feature.</summary>
    public ModuleBuilder StreamFeature(IStreamFeature feature)
    {
        _registry.AddStreamFeature(feature, _module);
        return this;
    }

    /// <summary>Looks at stanzas at a stage; modules are asked in the order in which they were added to the server.</summary>
    public ModuleBuilder AtStage(Stage stage, StageHandler handler)
    {
        _registry.AddStage(stage, handler);
        return this;
    }

    /// <summary>Handles presence of these types that local clients send. One module a type.</summary>
    public ModuleBuilder OnOutboundPresence(OutboundPresenceHandler handler, params ReadOnlySpan<StanzaType> types)
    {
        foreach (var type in types)
        {
            Once(_registry.OutboundPresence.TryAdd(type, handler), $"outbound presence of type {type}");
        }

        return this;
    }

    /// <summary>Handles presence of these types that arrives for local accounts. One module a type.</summary>
    public ModuleBuilder OnInboundPresence(InboundPresenceHandler handler, params ReadOnlySpan<StanzaType> types)
    {
        foreach (var type in types)
        {
            Once(_registry.InboundPresence.TryAdd(type, handler), $"inbound presence of type {type}");
        }

        return this;
    }

    /// <summary>Hears that a session sent its initial presence or rose to a non-negative priority: it takes messages from now on (RFC 6121 §4.2, §8.5.2.1).</summary>
    public ModuleBuilder OnReceptive(SessionHandler handler)
    {
        _registry.Receptive.Add(handler);
        return this;
    }

    /// <summary>Hears that a session goes on on another connection, and that what it had not acknowledged has been sent again (XEP-0198 §5).</summary>
    public ModuleBuilder OnResumed(SessionHandler handler)
    {
        _registry.Resumed.Add(handler);
        return this;
    }

    /// <summary>Hears that a session has ended and is out of the directory; its last presence is still readable.</summary>
    public ModuleBuilder OnSessionEnded(SessionHandler handler)
    {
        _registry.SessionEnded.Add(handler);
        return this;
    }

    /// <summary>Hears that a component has connected: what is written to it here comes before all else.</summary>
    public ModuleBuilder OnComponentConnected(ComponentHandler handler)
    {
        _registry.ComponentConnected.Add(handler);
        return this;
    }

    /// <summary>Hears that an account is about to be removed, while everything of it is still there.</summary>
    public ModuleBuilder OnAccountRemoving(AccountHandler handler)
    {
        _registry.AccountRemoving.Add(handler);
        return this;
    }

    /// <summary>Hears that an account is removed and nothing of it is stored any more: what is in memory of it has to go, for the name may have another owner next.</summary>
    public ModuleBuilder OnAccountRemoved(AccountHandler handler)
    {
        _registry.AccountRemoved.Add(handler);
        return this;
    }

    /// <summary>A place of this module's in every session.</summary>
    public SessionSlot<T> SessionSlot<T>()
        where T : class => new(_registry.NextSlot++);

    /// <summary>A place of this module's in every session, of which the content outlives a restart of the server (XEP-0198 §5).</summary>
    public SessionSlot<T> SessionSlot<T>(SlotFormat<T> format)
        where T : class
    {
        var slot = SessionSlot<T>();
        Once(_registry.KeptSlots.TrueForAll(other => other.Name != format.Name), $"the slot '{format.Name}'");
        _registry.KeptSlots.Add(new KeptSlot(format.Name, slot.Index, content => format.Write((T)content), bytes => format.Read(bytes)));
        return slot;
    }

    /// <summary>A mark of this module's on sessions, which outlives a restart of the server (XEP-0198 §5).</summary>
    public SessionSlot<object> SessionMark(string name) => SessionSlot(new SlotFormat<object>(name, static _ => [], _ => this));

    private ModuleBuilder OnIq(StanzaType type, XmlName payload, EntityKind entities, IqHandler handler)
    {
        foreach (var entity in Each(entities))
        {
            Once(_registry.IqHandlers.TryAdd(new IqKey(entity, type, payload.Namespace, payload.Local), handler), $"iq {type} {payload}");
            _registry.Features(entity).Add(payload.Namespace);
        }

        return this;
    }

    private void Once(bool added, string what)
    {
        if (!added)
        {
            throw new InvalidOperationException($"{_module} handles {what}, which another module handles already.");
        }
    }

    private static IEnumerable<EntityKind> Each(EntityKind entities) =>
        Enum.GetValues<EntityKind>().Where(kind => entities.HasFlag(kind));
}
